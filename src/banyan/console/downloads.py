"""Files that a page gives away, streamed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from banyan.foundation.file_names import as_attachment
from banyan.transfer.streaming import streamed


def csv_file(
    name: str,
    columns: Sequence[str],
    rows: QuerySet[Any],
    cells: Callable[[Sequence[Any]], Sequence[Sequence[object]]],
) -> StreamingHttpResponse:
    """All rows as a CSV file; `cells` makes lines of some of them."""
    return download(name, streamed(columns, rows, cells))


def download(name: str, pieces: Iterable[bytes]) -> StreamingHttpResponse:
    """A CSV file of that name."""
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = as_attachment(name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
