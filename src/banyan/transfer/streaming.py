"""Rows as a stream of CSV: a million take no more memory than a thousand."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from banyan.foundation.tenants.queries import current_tenant, within_tenant
from banyan.organizations.access_scope import current_access_scope, scoped_to
from banyan.transfer.cells import harmless

ROWS_AT_A_TIME = 1000

Cells = Sequence[object]


def streamed(
    columns: Sequence[str], rows: QuerySet[Any], cells: Callable[[Sequence[Any]], Sequence[Cells]]
) -> Iterator[bytes]:
    """A header, then the cells of the rows in the order of ids, a piece at a time; `cells` is given some of the rows.

    Texts that a spreadsheet would run as formulas get an apostrophe. Pieces are made when the request's frame is left,
    so each is put into one again.
    """
    tenant, scope = current_tenant(), current_access_scope()

    def piece_after(last: int) -> tuple[bytes, int | None]:
        with within_tenant(tenant), scoped_to(scope):
            page = list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_A_TIME])
            text = _text([[_cell(value) for value in row] for row in cells(page)])
            return text, page[-1].pk if len(page) == ROWS_AT_A_TIME else None

    def pieces() -> Iterator[bytes]:
        last: int | None = 0
        while last is not None:
            piece, last = piece_after(last)
            yield piece

    return chain([_text([columns])], pieces())


def _text(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """What is null is blank. A negative amount is no formula."""
    return "" if value is None else harmless(value) if isinstance(value, str) and not _is_number(value) else str(value)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
