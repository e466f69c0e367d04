"""What a resource declares, so that its pages are made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import django_tables2
from django.db.models import Model, QuerySet
from django.urls import reverse

from banyan.console.access import may
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest

Values = dict[str, Any]
Asked = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Rows of a kind with their list, their forms, and the actions behind these.

    `kind` is that of their ids and names their pages (`payment_term`, `new_payment_term`), `api` the address where the
    API has them, which says the role that each page takes, `path` the address of the list. `rows` reads them, given
    what the filters say (`q` where it is `searchable`). What has no action has no page; `own_page` says that somebody
    else wrote `new_KIND`. `called` gives what a row is called in sentences.
    """

    kind: str
    api: str
    path: str
    one: str
    many: str
    icon: str
    says: str
    rows: Callable[[Asked], QuerySet[Any]]
    columns: Mapping[str, django_tables2.Column]
    searchable: bool = False
    filters: type[Filters] | None = None
    form: type[ActionForm] | None = None
    create: Callable[[Values], Model] | None = None
    own_page: bool = False
    form_to_change: type[ActionForm] | None = None
    change: Callable[[int, Values], object] | None = None
    verb_to_change: str = "Edit"
    delete: Callable[[int], object] | None = None
    text_to_delete: str = "Delete"
    says_on_delete: str = "This can't be undone. It is refused while something uses it."
    filled: Callable[[Any], Values] | None = None
    shown_by: str = ""
    facts: Callable[[Any, PageRequest], Values] | None = None
    tabs: Sequence[tuple[str, str]] = field(default=())
    called: Callable[[Any], str] = str

    @property
    def list_page(self) -> str:
        """The name of the list in urls.py."""
        return f"{self.kind}_list"

    def named(self, row: Model) -> str:
        """What the row is called, with what it is: `payment term Net 30`."""
        return f"{self.one} {self.called(row)}"

    @property
    def icon_to_delete(self) -> str:
        """A bin, or a sign where it is not deleted."""
        return "trash" if self.text_to_delete == "Delete" else "ban"

    def may(self, verb: str) -> bool:
        """Whether there is a page for `new`, `edit` or `delete` and the visitor may use it."""
        method, there = {
            "new": ("POST", self.create is not None or self.own_page),
            "edit": ("PATCH", self.change is not None),
            "delete": ("DELETE", self.delete is not None),
        }[verb]
        return there and may(f"{method} {self.api}" + ("" if verb == "new" else "/*"))

    def address(self, verb: str, row: Model) -> str:
        """The address of a row's page; `verb` is empty, `edit` or `delete`."""
        return reverse(f"{verb}_{self.kind}" if verb else self.kind, kwargs={self.kind: row.pk})
