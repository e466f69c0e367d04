"""A CSV file as the body of a request: read as it comes, never as a whole in memory."""

import hashlib
from collections.abc import Iterator
from io import BufferedRandom
from tempfile import TemporaryFile

from django.http import HttpRequest

from banyan.foundation.uploads import MIB
from banyan.kernel.refusals import invalid

MEDIA_TYPE = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = (MEDIA_TYPE, WORKBOOK)


def sent_file(request: HttpRequest) -> BufferedRandom:
    """The body, from its beginning. Refused: one that is sent neither as CSV nor as an Excel workbook."""
    if request.content_type not in MEDIA_TYPES:
        message = f"send the file itself as the body, with Content-Type: {MEDIA_TYPE}, or {WORKBOOK}"
        raise invalid("Content-Type", "not_csv", message, "IMP-1", request.content_type)
    kept: BufferedRandom | None = getattr(request, "sent_file", None)
    if kept is None:
        kept = TemporaryFile()  # noqa: SIM115  (gone with the request)
        for piece in _pieces(request):
            kept.write(piece)
        request.sent_file = kept  # type: ignore[attr-defined]
    kept.seek(0)
    return kept


def body_to_remember(request: HttpRequest) -> bytes:
    """What tells one body from another (ERR-2): all of it, of a file its digest."""
    if request.content_type not in MEDIA_TYPES:
        return request.body
    return hashlib.file_digest(sent_file(request), hashlib.sha256).digest()


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    while piece := request.read(MIB):
        yield piece
