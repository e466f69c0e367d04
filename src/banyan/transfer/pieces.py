"""Files kept in the tenant as rows of bytes, written and read as streams: memory does not grow with them."""

import io
from collections.abc import Callable, Iterator
from itertools import count, takewhile
from typing import Any, BinaryIO

from django.db.models import QuerySet

from banyan.foundation.tenants.queries import current_tenant, within_tenant
from banyan.kernel.refusals import invalid
from banyan.transfer.models import Piece

PIECE = 1 << 18


def keep(stream: BinaryIO, create: Callable[..., Piece], limit: int | None = None) -> int:
    """Keep what the stream holds in pieces that `create` makes; how many bytes that was.

    Refused once it is more than `limit` bytes.
    """
    size = 0
    for place in count():
        piece = stream.read(PIECE)
        if not piece:
            return size
        size += len(piece)
        if limit is not None and size > limit:
            raise too_large(limit)
        create(place=place, bytes=piece)
    raise AssertionError("counting never ends")


def too_large(limit: int) -> Exception:
    """The refusal of a file of more than `limit` bytes."""
    message = (
        f"the file is larger than {limit >> 20:,} MiB, which is the most that this server takes; cut it into several, "
        "each with the header, or have it imported on the command line: banyan import"
    )
    return invalid("file", "too_large", message, "IMP-1", limit)


def opened(pieces: QuerySet[Any]) -> BinaryIO:
    """The file that is kept in these pieces, to be read from the beginning."""
    return io.BufferedReader(_Stream(contents_of(pieces)), PIECE)


def contents_of(pieces: QuerySet[Any]) -> Iterator[bytes]:
    """What is in these pieces, one by one, also after the frame of the request that asks has been left."""
    tenant = current_tenant()

    def piece_at(place: int) -> bytes:
        with within_tenant(tenant):
            return bytes(pieces.filter(place=place).values_list("bytes", flat=True).first() or b"")

    return takewhile(len, map(piece_at, count()))


class _Stream(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with what comes next; 0 at the end."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken
