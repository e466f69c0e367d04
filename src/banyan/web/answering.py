"""One request, answered by a thread with the WSGI application; it can be stopped from outside."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from banyan.foundation.time_limits import ClientLeftError

MOST_AHEAD = 4 << 20
"""Bytes of one answer that wait to be taken before its thread waits too."""

SECONDS_TO_CANCEL = 5.0
logger = logging.getLogger(__name__)
Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """The status and headers of an answer; `length` of its content, None where that comes in pieces."""

    status: int
    headers: Headers
    length: int | None


@dataclass(eq=False)
class Answering:
    """The thread's side is `answer`; the loop's are `head` (None if there is no answer), `pieces` and the others."""

    application: Callable[..., Iterable[bytes]]
    environ: Environ
    loop: asyncio.AbstractEventLoop
    head: asyncio.Future[Head | None] = field(init=False)
    is_whole: bool = False
    _pieces: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    _ahead: int = 0
    _room: threading.Condition = field(default_factory=threading.Condition)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _connection: BaseDatabaseWrapper | None = None
    _stopped_by: OperationalError | None = None

    def __post_init__(self) -> None:
        self.head = self.loop.create_future()

    def answer(self) -> None:
        """Run the application, within the thread. What fails here is a fault of ours: Django answers for its own."""
        try:
            self._connection = connections["default"]
            with self._connection.execute_wrapper(self._run_statement):
                self._run_application()
            self.is_whole = True
        except ClientLeftError:
            pass
        except Exception:
            logger.exception("An answer could not be given")
        finally:
            with self._guard:
                self._connection = None
            self.close()
            self._tell(self._end)

    def close(self) -> None:
        """The body of the request isn't needed any more."""
        self.environ["wsgi.input"].close()

    def stop(self, failure: OperationalError) -> None:
        """Have what is asked of the database fail with this, from now on and also what it is working at.

        Waits for the database, so it is not for the loop. Nothing else that the thread does can be stopped.
        """
        with self._guard:
            self._stopped_by = failure
            raw: Any = None if self._connection is None else self._connection.connection
            if raw is not None and not raw.closed:
                try:
                    raw.cancel_safe(timeout=SECONDS_TO_CANCEL)
                except Exception as trouble:
                    logger.warning("A statement could not be ended: %s", trouble)

    def leave(self) -> None:
        """Nobody takes the rest of the answer."""
        with self._room:
            self._stopped_by = self._stopped_by or ClientLeftError()
            self._room.notify_all()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content, as it comes."""
        while (piece := await self._pieces.get()) is not None:
            with self._room:
                self._ahead -= len(piece)
                self._room.notify_all()
            yield piece

    def _run_application(self) -> None:
        told: list[tuple[str, Headers]] = []
        answer = self.application(self.environ, lambda status, headers, error=None: told.append((status, headers)))
        try:
            status, headers = told[0]
            length = None if getattr(answer, "streaming", True) else len(getattr(answer, "content", b""))
            self._tell(self._begin, Head(int(status.partition(" ")[0]), headers, length))
            for piece in answer:
                self._hand_over(piece)
        finally:
            if close := getattr(answer, "close", None):
                close()

    def _run_statement(self, execute: Callable[..., Any], *statement: Any) -> Any:
        if self._stopped_by is not None:
            raise self._stopped_by
        try:
            return execute(*statement)
        except OperationalError as failure:
            if self._stopped_by is not None:
                raise self._stopped_by from failure
            raise

    def _hand_over(self, piece: bytes) -> None:
        with self._room:
            self._room.wait_for(lambda: self._ahead < MOST_AHEAD or self._stopped_by is not None)
            if isinstance(self._stopped_by, ClientLeftError):
                raise self._stopped_by
            self._ahead += len(piece)
        self._tell(self._pieces.put_nowait, piece)

    def _tell(self, do: Callable[..., object], *arguments: object) -> None:
        try:
            self.loop.call_soon_threadsafe(do, *arguments)
        except RuntimeError:  # the loop has ended, and the process is about to
            return

    def _begin(self, head: Head) -> None:
        if not self.head.done():
            self.head.set_result(head)

    def _end(self) -> None:
        if not self.head.done():
            self.head.set_result(None)
        self._pieces.put_nowait(None)
