"""Clients that send or take slowly hold up nobody but themselves."""

import time
from itertools import repeat

import pytest

from tests.serving import RunningServer
from tests.web.raw import (
    ELSEWHERE,
    RawAnswer,
    all_open,
    answer_to,
    are_unanswered,
    connected,
    half_sent,
    wait_until_closed,
)

SLOW_CLIENTS = 30


def everybody_is_answered(server: RunningServer) -> None:
    """Liveness, readiness, a page and the API."""
    for path in ("/healthz", "/readyz", "/sign-in"):
        assert server.fetch(path).status == 200
    assert server.call("GET", "/settings").status == 200


@pytest.mark.rule("REL-A", "ERR-1")
def test_thirty_bodies_that_never_come_hold_up_nobody_and_are_told_so(hurried: RunningServer) -> None:
    paths = ["/sign-in", "/api/v1/products"] * (SLOW_CLIENTS // 2)
    with all_open(half_sent(hurried.url, path) for path in paths) as waiting:
        everybody_is_answered(hurried)
        assert are_unanswered(waiting)
        answers = [RawAnswer(each) for each in waiting]
    assert {answer.status for answer in answers} == {408}
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    page, problem = answers[:2]
    assert "did not arrive in time" in page.content.decode()
    assert (problem.body["code"], problem.headers["content-type"]) == ("slow_body", "application/problem+json")


@pytest.mark.rule("REL-A")
def test_a_body_that_drips_is_given_no_more_time_than_its_bytes_need(hurried: RunningServer) -> None:
    with half_sent(hurried.url, "/api/v1/products") as dripping:
        dripping.settimeout(0.2)
        started = time.monotonic()
        answer = b""
        while not answer and time.monotonic() - started < 30:
            dripping.sendall(b" ")
            try:
                answer = dripping.recv(100)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started > 3


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize("sent", [b"", b"GET /sign-in HTTP/1.1\r\nHost: loc"])
def test_a_connection_on_which_no_request_comes_is_closed(hurried: RunningServer, sent: bytes) -> None:
    with all_open(map(connected, repeat(hurried.url, SLOW_CLIENTS))) as waiting:
        for each in waiting:
            each.sendall(sent)
        everybody_is_answered(hurried)
        assert are_unanswered(waiting)
        for each in waiting:
            wait_until_closed(each)


@pytest.mark.rule("REL-A")
def test_a_connection_that_has_had_its_answer_and_asks_no_more_is_closed(hurried: RunningServer) -> None:
    with connected(hurried.url) as kept:
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert RawAnswer(kept).status == 200
        wait_until_closed(kept)


@pytest.mark.rule("REL-A", "ERR-1")
def test_one_address_has_so_many_requests_under_way_and_others_are_served(hurried: RunningServer) -> None:
    with all_open(half_sent(hurried.url, "/sign-in", address=ELSEWHERE) for _ in range(40)):
        time.sleep(0.3)
        request = b"GET /api/v1/settings HTTP/1.1\r\nHost: localhost\r\n\r\n"
        refused = answer_to(hurried.url, request, ELSEWHERE)
        assert (refused.status, refused.body["code"], refused.headers["retry-after"]) == (429, "too_many_requests", "1")
        everybody_is_answered(hurried)
        assert answer_to(hurried.url, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", ELSEWHERE).status == 200
