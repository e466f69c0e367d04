"""What meets a request before the application does, so that nobody who is slow holds up others (REL-A).

A loop of its own takes requests and gives answers, however slowly their clients send and read; a thread is taken only
for what has come in full, and only as long as the application works. Whether the process lives is answered by the loop.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from banyan.foundation.limits import Limit
from banyan.foundation.outages import is_full_disk
from banyan.foundation.proxies import counted_as
from banyan.foundation.time_limits import ClientLeftError, TookTooLongError
from banyan.foundation.troubles import (
    BAD_BODY,
    BUSY,
    FAILED,
    FULL_DISK,
    SLOW_BODY,
    TOO_MANY,
    TOO_SLOW,
    UNKNOWN_OUTCOME,
    Trouble,
)
from banyan.foundation.uploads import MIB, upload_limit
from banyan.web.answering import Answering, Head
from banyan.web.bodies import Body, BrokenBodyError, Message, Receive, receive_body
from banyan.web.environ import Scope, environ_of, headers_of
from banyan.web.headers import OF_EVERY_ANSWER
from banyan.web.health import ALIVE, NO_DATABASE, readiness
from banyan.web.limited_places import BusyError, Crowd, Place, Places, TooManyRequestsError
from banyan.web.pace import Pace, TooSlowError
from banyan.web.unread import end_unread_connections

READS = {"GET", "HEAD", "OPTIONS"}
PIECE = 64 * 1024
SECONDS_TO_STOP = 5.0
WITHOUT_CONTENT = {204, 304}

Send = Callable[[Message], Awaitable[None]]


class NoAnswerError(Exception):
    """The application gave none: a fault of ours, which the log tells."""


class Front:
    """An ASGI application in front of a WSGI one, which runs in `threads` threads; `troubled` makes the answer where
    there is none of it.
    """

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        threads: int,
        troubled: Callable[[str, Trouble], HttpResponse],
    ) -> None:
        self._troubled = troubled
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "answering")
        self._places = Places(threads)
        self._crowd = Crowd(Limit.REQUESTS_OF_A_CLIENT.now())
        self._readiness: asyncio.Future[dict[str, Any]] | None = None
        self._has_begun = False
        self._looking = ThreadPoolExecutor(1, "readiness")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not self._has_begun:  # only now there is surely a socket to listen on
            self._has_begun = True
            end_unread_connections(Limit.ANSWER_SECONDS.now())
        if scope["path"] == "/healthz":
            await _send_json(send, 200, ALIVE)
        elif scope["path"] == "/readyz":
            found = await self._ready()
            await _send_json(send, 200 if found["status"] == "ready" else 503, found)
        else:
            await self._answer_or_tell(scope, receive, send)

    async def _ready(self) -> dict[str, Any]:
        """Whoever asks while it is being looked at is told the same."""
        if self._readiness is None or self._readiness.done():
            self._readiness = asyncio.get_running_loop().run_in_executor(self._looking, readiness)
        try:
            async with asyncio.timeout(Limit.READY_SECONDS.now()):
                return await asyncio.shield(self._readiness)
        except TimeoutError:
            return NO_DATABASE

    async def _answer_or_tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        trouble, headers = None, headers_of(scope)
        client = _client(scope, headers)
        try:
            with self._crowd.one_more_of(client):
                trouble = await self._answer(scope, headers, client, receive, send)
        except TooManyRequestsError:
            trouble = TOO_MANY
        if trouble is not None:
            await _send_trouble(send, self._troubled(scope["path"], trouble))

    async def _answer(
        self, scope: Scope, headers: dict[str, str], client: str, receive: Receive, send: Send
    ) -> Trouble | None:
        """Give the answer of the application, or say why there is none."""
        most = upload_limit() + MIB
        try:
            if (told := int(headers.get("content-length", "0"))) > most:
                body, length = Body(), told
            else:
                body, length = await receive_body(receive, most, Limit.BODY_SECONDS.now())
        except TooSlowError:
            return SLOW_BODY
        except (BrokenBodyError, ValueError):
            return BAD_BODY
        except OSError as failure:
            if is_full_disk(failure):
                return FULL_DISK
            raise
        environ = environ_of(scope, headers, body, length)
        answering = Answering(self._application, environ, asyncio.get_running_loop())
        return await self._have_answered(answering, Place(client, scope["method"] not in READS), receive, send)

    async def _have_answered(self, answering: Answering, place: Place, receive: Receive, send: Send) -> Trouble | None:
        left = asyncio.ensure_future(_until_left(receive))
        try:
            if not await self._begin(answering, place, left):
                return None
            head = await self._head(answering, place, left)
            if head is not None:
                await _send_answer(send, head, answering)
        except BusyError:
            return BUSY
        except NoAnswerError:
            return FAILED
        except TookTooLongError:
            return UNKNOWN_OUTCOME if place.is_write else TOO_SLOW
        finally:
            answering.leave()
            left.cancel()
        return None

    async def _begin(self, answering: Answering, place: Place, left: asyncio.Future[None]) -> bool:
        """Whether a thread is at it; it is not when the client left before there was one."""
        waiting = asyncio.ensure_future(self._places.take(place, Limit.WAIT_SECONDS.now()))
        try:
            await asyncio.wait([waiting, left], return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                answering.close()
                return False
            await waiting
        except BusyError:
            answering.close()
            raise
        work = asyncio.get_running_loop().run_in_executor(self._threads, answering.answer)
        work.add_done_callback(lambda _: self._places.give_back(place))
        return True

    async def _head(self, answering: Answering, place: Place, left: asyncio.Future[None]) -> Head | None:
        """The beginning of the answer; None when nobody waits for it. What changes something is done all the same."""
        seconds = (Limit.WRITE_SECONDS if place.is_write else Limit.READ_SECONDS).now()
        head = answering.head
        ends: list[asyncio.Future[Any]] = [head] if place.is_write else [head, left]
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if head.done():
            return _given(head.result())
        has_left = left.done() and not place.is_write
        failure = ClientLeftError() if has_left else TookTooLongError("the request reached its limit")
        await asyncio.get_running_loop().run_in_executor(None, answering.stop, failure)
        if has_left:
            return None
        await asyncio.wait([head], timeout=SECONDS_TO_STOP)
        if head.done():
            return _given(head.result())
        raise failure


def _given(head: Head | None) -> Head:
    if head is None:
        raise NoAnswerError
    return head


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _client(scope: Scope, headers: dict[str, str]) -> str:
    """By its address, which proxies that are trusted tell."""
    peer, _ = scope.get("client") or ("", 0)
    return counted_as(settings.PROXIES.origin(peer, headers).address)


async def _send_json(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    await send({"type": "http.response.start", "status": status, "headers": _told({**told, **OF_EVERY_ANSWER}.items())})
    await send({"type": "http.response.body", "body": body})


async def _send_trouble(send: Send, response: HttpResponse) -> None:
    """The rest of the request may never come, so the connection is not used again."""
    told = {**OF_EVERY_ANSWER, **dict(response.items()), "Connection": "close"}
    await send({"type": "http.response.start", "status": response.status_code, "headers": _told(told.items())})
    await send({"type": "http.response.body", "body": response.content})


def _told(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _send_answer(send: Send, head: Head, answering: Answering) -> None:
    """As fast as the client takes it; one that takes too little is left."""
    headers = _told(head.headers)
    if head.length is not None and head.status not in WITHOUT_CONTENT:
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers.append((b"content-length", str(head.length).encode()))
    await send({"type": "http.response.start", "status": head.status, "headers": headers})
    pace = Pace(Limit.ANSWER_SECONDS.now())
    try:
        async for piece in answering.pieces():
            for start in range(0, len(piece), PIECE):
                part = piece[start : start + PIECE]
                pace.moved += len(part)
                await pace.keep(send({"type": "http.response.body", "body": part, "more_body": True}))
    except TooSlowError:
        return
    if answering.is_whole:
        await send({"type": "http.response.body", "body": b""})
