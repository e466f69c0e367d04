"""Answers as CSV, streamed however many rows there are."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

from banyan.api.fields import Answer
from banyan.foundation.file_names import as_attachment
from banyan.transfer.streaming import streamed

MEDIA_TYPE = "text/csv"
TEXT = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}


def csv_answer(
    name: str, columns: Sequence[str], rows: QuerySet[Model], answers: Callable[[Sequence[Model]], Sequence[Answer]]
) -> StreamingHttpResponse:
    """A file of that name: a header, then the columns of what clients see of each row, in the order of ids."""

    def cells(page: Sequence[Model]) -> list[list[object]]:
        return [[getattr(answer, column) for column in columns] for answer in answers(page)]

    return csv_pieces(name, streamed(columns, rows, cells))


def csv_pieces(name: str, pieces: Iterable[bytes]) -> StreamingHttpResponse:
    """A file of that name, which comes in pieces."""
    response = StreamingHttpResponse(pieces, content_type=f"{MEDIA_TYPE}; charset=utf-8; header=present")
    response["Content-Disposition"] = as_attachment(name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
