"""Whatever bytes a request holds, the answer says what is wrong with it, at once (ERR-1, API-3)."""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from urllib.parse import quote

import pytest

from tests.api.asking import Api

pytestmark = pytest.mark.rule("ERR-1", "API-3")

SECONDS = 5
BODIES = (
    b"", b"\0", b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b'{"name": "\xed\xa0\x80"}', b'{"name": "a\0b"}',
    b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"na\\u0000me": "x"}', b'{"name": 1e400}', b'{"name": -1e400}',
    b'{"name": %s}' % (b"9" * 4_000), b'{"name": %s}' % (b"9" * 100_000), b'{"name": 1e999999999}',
    b'{"name": 0.%s}' % (b"1" * 100_000), b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000,
    b'{"name": "x", "name": "y"}', b'{"name": {"a": 1, "a": 1}}', b'{"name": "%s"}' % (b"x" * 5_000_000),
    b'{%s}' % b",".join(b'"k%d": 1' % number for number in range(20_000)), b"{'name': 'x'}", b"NaN", b"Infinity",
)  # fmt: skip
POSTED = ("customers", "accounts", "charges", "products", "prices", "subscriptions", "usage-events", "bill-runs")
FEW = 3
TEXTS = (
    "\0", "a\0b", "\ud800", "\ufeff", "\u202e", "9" * 5_000, "-" + "9" * 5_000, "1e999999", "1e400", "NaN", "0x10",
    "0000-01-01", "10000-01-01", "9999-12-31", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "x" * 5_000,
    "[" * 5_000, "acc_" + "9" * 5_000, "acc_-1", "acc_\u0661", "acc_9223372036854775808", "../..", "%00",
    "\r\nX-Made-Up: 1",
)  # fmt: skip


def in_an_address(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def asked(
    api: Api, method: str, path: str, raw: bytes | None = None, content_type: str = "application/json", **headers: str
) -> int:
    """The status of the answer, which came at once and is none of ours to be ashamed of."""
    started = time.process_time()
    reply = api.ask(method, path, raw=raw, headers=headers, content_type=content_type)
    where = method, path[:100], (raw or b"")[:50], {name: value[:50] for name, value in headers.items()}
    assert reply.status < 500, where
    assert time.process_time() - started < SECONDS, where
    return reply.status


@pytest.mark.parametrize("path", POSTED)
def test_no_body_is_a_failure_of_ours(api: Api, path: str) -> None:
    for body in BODIES:
        assert asked(api, "POST", f"/{path}", body) in (400, 413, 422), (path, body[:50])


def addresses(api: Api) -> Iterator[str]:
    """Every address that is read, with hostile bytes for the ids in it and for each of its parameters: a few at a time,
    so that all get a turn.
    """
    texts = cycle(map(in_an_address, TEXTS))
    for path, operations in api.get("/openapi.json")["paths"].items():
        if "get" not in operations:
            continue
        address = path.removeprefix("/api/v1")
        if "{" in address:
            for text in islice(texts, FEW):
                yield "/".join(text if part.startswith("{") else part for part in address.split("/"))
        else:
            for parameter in operations["get"].get("parameters", ()):
                for text in islice(texts, FEW):
                    yield f"{address}?{parameter['name']}={text}"


def test_no_address_is_a_failure_of_ours(api: Api) -> None:
    for address in addresses(api):
        assert asked(api, "GET", address) in (200, 400, 404, 422), address


HEADERS = ("", " ", "\0", "a\0b", "é", "\x7f", "x" * 10_000, '"' * 1_000, 'W/"', "*", '"a", "b"', "9" * 5_000)


@pytest.mark.rule("ERR-2", "API-7")
def test_no_header_is_a_failure_of_ours(api: Api) -> None:
    product = api.make("/products", {"name": "Seat", "code": "seat"})
    for number, text in enumerate(HEADERS):
        body = b'{"name": "P", "code": "p%d"}' % number
        assert asked(api, "POST", "/products", body, **{"Idempotency-Key": text}) in (201, 422), text
        change = b'{"name": "Seat %d"}' % number
        assert asked(api, "PATCH", f"/products/{product['id']}", change, **{"If-Match": text}) in (200, 412, 422), text
        for name in ("X-Request-Id", "Accept", "Accept-Language", "If-None-Match", "Authorization"):
            asked(api, "GET", f"/products/{product['id']}", **{name: text})


def test_no_name_of_a_file_is_a_failure_of_ours(api: Api) -> None:
    for text in map(in_an_address, TEXTS):
        named = asked(api, "POST", f"/imports?kind=products&file={text}", b"code,name\nA,Alpha\n", "text/csv")
        assert named in (202, 400, 422), text
        assert asked(api, "POST", f"/imports?kind={text}", b"code,name\n", "text/csv") in (400, 422), text


HEADERS_OF_FILES = (
    b"", b"\0", b"co\0de,name", b"\xff", b"\xed\xa0\x80,name", b"c," * 500_000, b'"code', b"code\rname",
    b"x" * 2_000_000,
)  # fmt: skip


def test_no_header_of_a_file_is_a_failure_of_ours(api: Api) -> None:
    for header in HEADERS_OF_FILES:
        sent = header + b"\nA,Alpha\n"
        assert asked(api, "POST", "/imports?kind=products", sent, "text/csv") == 422, header[:50]
