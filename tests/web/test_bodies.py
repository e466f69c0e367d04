"""However a body is sent, it is read in full, or refused with words."""

import json

import pytest

from tests.serving import RunningServer
from tests.web.raw import RawAnswer, answer_to, connected

MIB = 1 << 20


def head(server: RunningServer, line: str, *headers: str) -> bytes:
    told = (line, "Host: localhost", f"Authorization: Bearer {server.key}", "Content-Type: application/json", *headers)
    return "\r\n".join([*(f"{each}" for each in told), "", ""]).encode()


def chunked(content: bytes, size: int) -> bytes:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in [*pieces, b""])


def product(code: str) -> bytes:
    return json.dumps({"name": "Plan", "code": code}).encode()


@pytest.mark.rule("ERR-1")
def test_a_body_in_chunks_is_read(hurried: RunningServer) -> None:
    sent = head(hurried, "POST /api/v1/products HTTP/1.1", "Transfer-Encoding: chunked")
    answer = answer_to(hurried.url, sent + chunked(product("chunked"), 5))
    assert (answer.status, answer.body["code"]) == (201, "chunked")


@pytest.mark.rule("ERR-1", "API-3")
def test_chunks_that_are_none_are_refused(hurried: RunningServer) -> None:
    sent = head(hurried, "POST /api/v1/products HTTP/1.1", "Transfer-Encoding: chunked")
    answer = answer_to(hurried.url, sent + b"zz\r\n{}\r\n0\r\n\r\n")
    assert (answer.status, answer.body["code"]) == (400, "unreadable")
    assert "not in the encoding that was named" in answer.body["detail"]


@pytest.mark.rule("ERR-1", "API-3")
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_above_the_limit_is_refused_before_it_is_read(hurried: RunningServer, is_chunked: bool) -> None:
    told = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {3 * MIB}"
    content = b" " * (2 * MIB + 1)
    sent = chunked(content, MIB // 4)[:-5] if is_chunked else b""
    answer = answer_to(hurried.url, head(hurried, "POST /api/v1/products HTTP/1.1", told) + sent)
    assert (answer.status, answer.body["code"]) == (413, "too_large")


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize("length", ["-1", "1e3", "x", "99999999999999999999999999", "5\r\nContent-Length: 6", "+5"])
def test_a_length_that_is_none_is_refused(hurried: RunningServer, length: str) -> None:
    sent = head(hurried, "POST /api/v1/products HTTP/1.1", f"Content-Length: {length}")
    assert answer_to(hurried.url, sent + b"{}xxxx").status == 400


@pytest.mark.rule("ERR-1")
def test_a_client_that_asks_before_it_sends_is_told_to_go_on(hurried: RunningServer) -> None:
    content = product("asked")
    told = (f"Content-Length: {len(content)}", "Expect: 100-continue")
    with connected(hurried.url) as asking:
        asking.sendall(head(hurried, "POST /api/v1/products HTTP/1.1", *told))
        assert asking.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asking.sendall(content)
        assert RawAnswer(asking).status == 201


@pytest.mark.rule("ERR-1")
def test_a_body_that_nobody_wants_does_no_harm_to_the_next_request(hurried: RunningServer) -> None:
    with connected(hurried.url) as kept:
        for _ in range(2):
            kept.sendall(head(hurried, "GET /api/v1/settings HTTP/1.1", "Content-Length: 9") + b"GET / HTT")
            assert RawAnswer(kept).status == 200


@pytest.mark.rule("ERR-1")
def test_a_header_whose_name_only_looks_like_another_is_not_taken_for_it(hurried: RunningServer) -> None:
    sent = b"GET /api/v1/settings HTTP/1.1\r\nHost: localhost\r\nAuthorization_: x\r\nX: y\r\n\r\n"
    assert answer_to(hurried.url, sent).status == 401
