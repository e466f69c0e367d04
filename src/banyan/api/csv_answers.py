"""Answers as CSV: streamed, so that a million rows take no more memory than a thousand."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from banyan.api.fields import Answer
from banyan.foundation.tenants.queries import current_tenant, within_tenant
from banyan.organizations.reach import current_reach, reaching
from banyan.transfer.cells import harmless

MEDIA_TYPE = "text/csv"
TEXT = {MEDIA_TYPE: {"schema": {"type": "string"}}}
ROWS_AT_A_TIME = 1000


def csv_answer(
    name: str, columns: Sequence[str], rows: QuerySet[Model], answers: Callable[[Sequence[Model]], Sequence[Answer]]
) -> StreamingHttpResponse:
    """A file of that name: a header, then the columns of what clients see of each row, in the order of ids.

    Texts that a spreadsheet would run as formulas get an apostrophe.
    """
    response = StreamingHttpResponse(
        _streamed(columns, rows, answers), content_type=f"{MEDIA_TYPE}; charset=utf-8; header=present"
    )
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _streamed(
    columns: Sequence[str], rows: QuerySet[Model], answers: Callable[[Sequence[Model]], Sequence[Answer]]
) -> Iterator[bytes]:
    """The text, a piece at a time. Pieces are made when the request's frame is left, so each is put into one again."""
    tenant, reach = current_tenant(), current_reach()

    def piece_after(last: int) -> tuple[bytes, int | None]:
        with within_tenant(tenant), reaching(reach):
            page = list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_A_TIME])
            text = _text([_cell(getattr(answer, column)) for column in columns] for answer in answers(page))
            return text, page[-1].pk if len(page) == ROWS_AT_A_TIME else None

    def pieces() -> Iterator[bytes]:
        last: int | None = 0
        while last is not None:
            piece, last = piece_after(last)
            yield piece

    return chain([_text([columns])], pieces())


def _text(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """As JSON would hold it; what is null is blank. A negative amount is no formula."""
    return "" if value is None else harmless(value) if isinstance(value, str) and not _is_number(value) else str(value)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
