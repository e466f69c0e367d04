"""Lists: declared as tables, with columns that a user chooses and keeps, in pages without counting."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_tables2
from django.core.paginator import EmptyPage, Page, Paginator
from django_tables2.paginators import LazyPaginator

from banyan.console.page import PageRequest

ROWS_OF_A_PAGE = 50
PAGE = re.compile(r"[1-9][0-9]{0,5}")


def number_of_page(request: PageRequest) -> int:
    """Which page the address asks for (`?page=2`)."""
    said = request.GET.get("page", "")
    return int(said) if PAGE.fullmatch(said) else 1


def page_of(request: PageRequest, rows: Any) -> Page[Any]:
    """The page of the rows that the address asks for; the first one where there is no such."""
    pages: Paginator[Any] = LazyPaginator(rows, ROWS_OF_A_PAGE)
    try:
        return pages.page(number_of_page(request))
    except EmptyPage:
        return pages.page(1)


class ListTable(django_tables2.Table):
    """A list of rows. `name` is what its chosen columns are kept under, without one there is nothing to choose;
    `fixed` columns are always there, `at_first` those that are shown until somebody chooses.
    """

    name: ClassVar[str] = ""
    fixed: ClassVar[Sequence[str]] = ()
    at_first: ClassVar[Sequence[str]] = ()

    def __init__(
        self, request: PageRequest, rows: Any, *, extra: Mapping[str, Any] | None = None, **named: Any
    ) -> None:
        order = request.GET.getlist("sort") or None
        super().__init__(rows, extra_columns=list((extra or {}).items()), order_by=order, **named)
        self.request = request
        if self.name:
            chosen = request.preferences.chosen.get(self.kept_as, self.at_first)
            for column in list(self.columns.iterall()):
                if column.name not in self.fixed and column.name not in chosen:
                    self.columns.hide(column.name)
        self.page = page_of(request, self.rows)
        self.look_up([row.record for row in self.page.object_list])

    def look_up(self, records: Sequence[Any]) -> None:
        """Read what the columns need for the rows that are shown, all of them at once."""

    @property
    def kept_as(self) -> str:
        """The name that the user's choice is kept under."""
        return f"columns:{self.name}"

    @property
    def to_choose(self) -> list[django_tables2.columns.BoundColumn]:
        """The columns that may be shown or not."""
        return [column for column in self.columns.iterall() if column.name not in self.fixed] if self.name else []
