"""The front before an application that makes long answers: python -m tests.web.front_of_tests PORT"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import django
from django.http import HttpResponse
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from banyan.foundation.troubles import Trouble
from banyan.web.front import Front

THREADS = 4
LONG = 400
PIECE = b"x" * 1_000_000


class Pieces:
    """So many pieces of a million bytes; counts how many answers are being made."""

    under_way = 0
    guard = threading.Lock()
    streaming = True

    def __init__(self, number: int, breaks: bool) -> None:
        self.number, self.breaks = number, breaks

    def __iter__(self) -> Iterator[bytes]:
        with Pieces.guard:
            Pieces.under_way += 1
        for _ in range(self.number):
            yield PIECE
        if self.breaks:
            raise ValueError("it breaks off")

    def close(self) -> None:
        with Pieces.guard:
            Pieces.under_way -= 1


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """`/long` and `/broken` are long answers, anything else tells how many of those are being made."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] in ("/long", "/broken"):
        is_broken = environ["PATH_INFO"] == "/broken"
        return Pieces(3 if is_broken else LONG, is_broken)
    return [str(Pieces.under_way).encode()]


def troubled(path: str, trouble: Trouble) -> HttpResponse:
    return HttpResponse(trouble.code, status=trouble.status)


django.setup()
application = Front(wsgi, THREADS, troubled)

if __name__ == "__main__":
    Granian(
        "tests.web.front_of_tests:application",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()
