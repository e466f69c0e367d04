"""Bytes that no client library sends, to a real server: refused, or told by the worker that imports them (ERR-1)."""

import csv
import io
import time

import pytest

from tests.serving import RunningServer
from tests.web.raw import answer_to

pytestmark = pytest.mark.rule("ERR-1")

PATHS = (
    b"/api/v1/accounts/\0",
    b"/api/v1/accounts/%00",
    b"/api/v1/accounts/\xff",
    b"/api/v1/accounts/%ff",
    b"/customers/%00",
)
HEADERS = (
    b"Idempotency-Key: a\0b", b"Idempotency-Key: \xff", b"Idempotency-Key: \x01", b"If-Match: \0",
    b"If-Match: \xff\xfe", b"X-Request-Id: \0", b"Content-Type: \0", b"Nul\0: x",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_bytes_in_an_address_are_a_failure_of_ours(server: RunningServer, path: bytes) -> None:
    key = server.key.encode()
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n" % (path, key)
    assert 300 <= answer_to(server.url, request).status < 500


@pytest.mark.parametrize("header", HEADERS)
def test_no_bytes_in_a_header_are_a_failure_of_ours(server: RunningServer, header: bytes) -> None:
    body = b'{"name": "Seat"}'
    head = b"POST /api/v1/products HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s\r\nContent-Length: %d"
    request = head % (server.key.encode(), header, len(body)) + b"\r\n\r\n" + body
    assert 400 <= answer_to(server.url, request).status < 500


@pytest.mark.rule("IMP-1")
def test_a_worker_tells_a_nul_by_line_and_column_with_what_else_is_wrong(server: RunningServer) -> None:
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "text/csv"}
    content = b"code,name\nnul-a,Alpha\nnul-b,Be\0ta\n,Gamma\nnul-d,M\xfcller\nnul-e,Epsilon\n"
    sent = server.fetch("/api/v1/imports?kind=products&file=nul.csv", "POST", content, headers)
    address = f"/imports/{sent.body['id']}"
    patience = time.monotonic() + 60
    while (made := server.call("GET", address).body)["status"] in ("waiting", "running"):
        assert time.monotonic() < patience
        time.sleep(0.1)
    assert (made["status"], made["imported"], made["refused"], made["failure"]) == ("done", 2, 3, None)
    told = list(csv.DictReader(io.StringIO(server.call("GET", f"{address}/problems").body)))
    assert [(each["line"], each["field"], each["code"]) for each in told] == [
        ("3", "name", "control_character"),
        ("4", "code", "required"),
        ("5", "", "not_utf_8"),
    ]
    assert told[0]["value"] == r"Be\x00ta"
