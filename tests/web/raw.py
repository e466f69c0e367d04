"""HTTP by hand, for what no client library sends."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

ELSEWHERE = "127.0.0.2"
"""Another client's address on the same machine."""


def connected(url: str, address: str = "127.0.0.1") -> socket.socket:
    """To the server, from an address of this machine."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=30, source_address=(address, 0))


def half_sent(url: str, path: str, *headers: str, address: str = "127.0.0.1") -> socket.socket:
    """A POST that never gets past the first bytes of its body."""
    open_connection = connected(url, address)
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Length: 1000", *headers, "", "begin"]
    open_connection.sendall("\r\n".join(head).encode())
    return open_connection


def answer_to(url: str, request: bytes, address: str = "127.0.0.1") -> "RawAnswer":
    """What comes back for these bytes."""
    with connected(url, address) as open_connection:
        open_connection.sendall(request)
        return RawAnswer(open_connection)


class RawAnswer:
    """The next answer on a connection."""

    def __init__(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline()
            if line.startswith(b"HTTP/1.1 100"):
                stream.readline()
                line = stream.readline()
            self.status = int(line.split()[1]) if line else 0
            self.headers = dict(_header(each) for each in iter(stream.readline, b"\r\n") if each) if line else {}
            self.content = stream.read(int(self.headers.get("content-length", "0"))) if line else b""

    @property
    def body(self) -> Any:
        return json.loads(self.content)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name.strip().lower(), value.strip()


@contextmanager
def all_open(connections: Iterator[socket.socket]) -> Iterator[list[socket.socket]]:
    """Open until the block ends."""
    with ExitStack() as stack:
        yield [stack.enter_context(each) for each in connections]


def are_unanswered(connections: list[socket.socket]) -> bool:
    """Whether the server has neither said anything on any of them nor closed one."""
    readable, _, _ = select.select(connections, [], [], 0)
    return not readable


def wait_until_closed(connection: socket.socket) -> None:
    """By the server; what comes meanwhile is not looked at."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        return
