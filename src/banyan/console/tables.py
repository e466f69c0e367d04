"""Lists: declared as tables, with columns that a user chooses and keeps, in pages without counting."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_tables2
from django.core.paginator import EmptyPage
from django_tables2.paginators import LazyPaginator

from banyan.console.page import PageRequest

ROWS_OF_A_PAGE = 50
PAGE = re.compile(r"[1-9][0-9]{0,5}")


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
        self._turn_to(request.GET.get("page", ""))
        self.look_up([row.record for row in self.page.object_list])

    def look_up(self, records: Sequence[Any]) -> None:
        """Read what the columns need for the rows that are shown, all of them at once."""

    def _turn_to(self, page: str) -> None:
        """Show that page; the first one where there is no such."""
        number = int(page) if PAGE.fullmatch(page) else 1
        paged = {"per_page": ROWS_OF_A_PAGE, "paginator_class": LazyPaginator}
        try:
            self.paginate(page=number, **paged)
        except EmptyPage:
            self.paginate(page=1, **paged)

    @property
    def kept_as(self) -> str:
        """The name that the user's choice is kept under."""
        return f"columns:{self.name}"

    @property
    def to_choose(self) -> list[django_tables2.columns.BoundColumn]:
        """The columns that may be shown or not."""
        return [column for column in self.columns.iterall() if column.name not in self.fixed] if self.name else []
