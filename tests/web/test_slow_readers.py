"""Clients that don't take their answers hold up nobody, and are left."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.serving import free_port
from tests.web.front_of_tests import LONG, PIECE
from tests.web.raw import ELSEWHERE, all_open, connected, wait_until_closed

SECONDS_TO_START = 120


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    """The address of a front with four threads, of which one client has two, and no patience."""
    port = free_port()
    variables = {**os.environ, "BANYAN_ANSWER_SECONDS": "2", "BANYAN_READ_SECONDS": "60"}
    process = subprocess.Popen([sys.executable, "-m", "tests.web.front_of_tests", str(port)], env=variables)
    url = f"http://127.0.0.1:{port}"
    patience = time.monotonic() + SECONDS_TO_START
    while not _listens(url) and time.monotonic() < patience:
        time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(30)


def _listens(url: str) -> bool:
    try:
        connected(url).close()
    except ConnectionError:
        return False
    return True


def asked(url: str, path: str, address: str = "127.0.0.1") -> socket.socket:
    connection = connected(url, address)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection


def taken(connection: socket.socket) -> bytes:
    """All that comes."""
    with connection, connection.makefile("rb") as stream:
        return stream.read()


def answers_under_way(url: str) -> int:
    return int(taken(asked(url, "/")).rsplit(b"\r\n", 4)[-4])


@pytest.mark.rule("REL-A")
def test_a_client_that_takes_its_answer_has_all_of_it(front: str) -> None:
    assert len(taken(asked(front, "/long"))) > LONG * len(PIECE)


@pytest.mark.rule("REL-A")
def test_clients_that_take_nothing_have_two_threads_until_they_are_left(front: str) -> None:
    with all_open(asked(front, "/long", ELSEWHERE) for _ in range(30)) as untaken:
        patience = time.monotonic() + 60
        while answers_under_way(front) != 2 and time.monotonic() < patience:
            time.sleep(0.05)
        assert answers_under_way(front) == 2
        for each in untaken:
            each.settimeout(60)
        while answers_under_way(front) and time.monotonic() < patience:
            time.sleep(0.2)
        assert answers_under_way(front) == 0
        time.sleep(5)  # by now the operating system has ended the connections, and nothing of the rest can be had
        for each in untaken:
            wait_until_closed(each)


@pytest.mark.rule("REL-A")
def test_an_answer_that_breaks_off_does_not_look_complete(front: str) -> None:
    answer = taken(asked(front, "/broken"))
    assert len(answer) > 2 * len(PIECE)
    assert not answer.endswith(b"\r\n0\r\n\r\n")
