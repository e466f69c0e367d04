"""The body of a request, which has come before a thread is taken for it."""

import asyncio
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import Any

from banyan.foundation.uploads import MIB
from banyan.web.pace import Pace

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Body = SpooledTemporaryFile[bytes]


class BrokenBodyError(Exception):
    """The client left, or sent something that is no body, before it was complete."""


async def receive_body(receive: Receive, most: int, grace: float) -> tuple[Body, int]:
    """The body, at its beginning, and its length; from 1 MiB on it is in a temporary file.

    Of one that is longer than `most` the rest is left unread: the length says so. TooSlowError when it takes longer
    than `grace` seconds beside what its bytes need.
    """
    body, pace = SpooledTemporaryFile[bytes](max_size=MIB), Pace(grace)
    try:
        is_more = True
        while is_more and pace.moved <= most:
            message = await pace.keep(receive())
            if message["type"] != "http.request":
                raise BrokenBodyError
            piece = message.get("body", b"")
            pace.moved += len(piece)
            await _write(body, piece, pace.moved)
            is_more = message.get("more_body", False)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body, pace.moved


async def _write(body: Body, piece: bytes, length: int) -> None:
    """What goes to a disk is written beside the loop, which has others to look after."""
    if length <= MIB:
        body.write(piece)
    else:
        await asyncio.get_running_loop().run_in_executor(None, body.write, piece)
