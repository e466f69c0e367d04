"""A row that is locked by hand, a statement that takes for ever, and a client that has left."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from banyan.foundation.embedded import EmbeddedServer
from tests.serving import Response, RunningServer
from tests.web.raw import connected

AT_ONCE = 12
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
SECONDS_TO_SEE = 30.0


@pytest.fixture
def product(hurried: RunningServer) -> str:
    """The public id of a new product."""
    code = f"p{time.monotonic_ns()}"
    return str(hurried.call("POST", "/products", {"name": "Plan", "code": code}).body["id"])


@contextmanager
def by_hand(server: RunningServer, statement: str) -> Iterator[psycopg.Connection]:
    """A transaction in which somebody has done something, and sits before it. Gives another connection to look with."""
    conninfo = EmbeddedServer(Path(server.variables["BANYAN_DATA_DIR"])).conninfo()
    with psycopg.connect(conninfo) as sitting, psycopg.connect(conninfo, autocommit=True) as looking:
        sitting.execute("SET search_path = 'default'")
        sitting.execute(statement)
        yield looking
        sitting.rollback()


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + SECONDS_TO_SEE
    while not holds():
        assert time.monotonic() < patience, "it did not come true"
        time.sleep(0.05)


def waiting(connection: psycopg.Connection) -> int:
    """How many transactions wait for a lock."""
    row = connection.execute(WAITING).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.rule("REL-A", "ERR-1")
def test_changes_of_a_row_that_somebody_holds_give_up_and_reading_goes_on(hurried: RunningServer, product: str) -> None:
    path = f"/products/{product}"
    with (
        by_hand(hurried, "SELECT FROM catalog_product FOR UPDATE") as looking,
        ThreadPoolExecutor(AT_ONCE) as clients,
    ):
        answers = [clients.submit(hurried.call, "PATCH", path, {"name": f"{number}"}) for number in range(AT_ONCE)]
        until(lambda: waiting(looking) > 1)
        assert hurried.call("GET", path).status == 200
        assert hurried.fetch("/healthz").status == hurried.fetch("/readyz").status == 200
        assert waiting(looking) > 1
        problems = [each.result() for each in answers]
    assert {problem.status for problem in problems} == {503}
    assert {problem.body["code"] for problem in problems} <= {"locked", "busy"}
    locked = next(problem for problem in problems if problem.body["code"] == "locked")
    assert locked.headers["retry-after"] == "5"
    assert "Another change that is under way holds what this one needs; nothing was done." in locked.body["detail"]
    assert hurried.call("PATCH", path, {"name": "After"}).body["name"] == "After"


@pytest.mark.rule("REL-A", "ERR-1")
def test_a_read_that_takes_too_long_is_ended_and_says_what_to_do(hurried: RunningServer) -> None:
    with by_hand(hurried, "LOCK TABLE catalog_product") as looking:
        problem = hurried.call("GET", "/products")
        assert waiting(looking) == 0
    assert (problem.status, problem.body["code"]) == (504, "too_slow")
    assert "it was stopped and nothing was done. Ask for less at a time" in problem.body["detail"]
    assert hurried.call("GET", "/products").status == 200


@pytest.mark.rule("REL-A")
def test_what_is_read_for_a_client_that_has_left_is_ended(hurried: RunningServer) -> None:
    with by_hand(hurried, "LOCK TABLE catalog_product") as looking:
        with connected(hurried.url) as leaving:
            head = f"GET /api/v1/products HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {hurried.key}\r\n\r\n"
            leaving.sendall(head.encode())
            until(lambda: waiting(looking) == 1)
        until(lambda: waiting(looking) == 0)


@pytest.mark.rule("REL-A", "ERR-2")
def test_what_is_changed_for_a_client_that_has_left_is_done_all_the_same(hurried: RunningServer, product: str) -> None:
    body = b'{"name": "Changed"}'
    head = (
        f"PATCH /api/v1/products/{product} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {hurried.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with by_hand(hurried, "SELECT FROM catalog_product FOR UPDATE") as looking, connected(hurried.url) as leaving:
        leaving.sendall(head.encode() + body)
        until(lambda: waiting(looking) == 1)
    until(lambda: _read(hurried, product).body["name"] == "Changed")


def _read(server: RunningServer, product: str) -> Response:
    return server.call("GET", f"/products/{product}")


@pytest.mark.rule("REL-A")
def test_liveness_is_answered_while_every_thread_waits(hurried: RunningServer, product: str) -> None:
    with by_hand(hurried, "LOCK TABLE catalog_product") as looking, ThreadPoolExecutor(2 * AT_ONCE) as clients:
        asked = [clients.submit(hurried.call, "GET", f"/products/{product}") for _ in range(2 * AT_ONCE)]
        until(lambda: waiting(looking) > 2)
        assert hurried.fetch("/healthz").body == {"status": "alive"}
        assert hurried.fetch("/readyz").body == {"status": "ready"}
        assert waiting(looking) > 2
        statuses = {each.result().status for each in asked}
    assert statuses <= {503, 504}
