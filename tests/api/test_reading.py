"""What a body may be: JSON that the database can hold, and not nested endlessly (API-3)."""

import pytest

from banyan.api.reading import DEEPEST, Unreadable, read_json
from tests.api.asking import Api


def nested(levels: int) -> bytes:
    return (
        b"[" * (levels - levels // 2)
        + b'{"a":' * (levels // 2)
        + b"1"
        + b"}" * (levels // 2)
        + b"]" * (levels - levels // 2)
    )


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    "raw", [b"1", b'"x"', b"[]", b'{"a": [1, null]}', '{"é": "\\u00e9"}'.encode(), b'["\\\\u0000"]', nested(DEEPEST)]
)
def test_what_can_be_stored_is_read(raw: bytes) -> None:
    read_json(raw)


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (nested(DEEPEST + 1), "nested deeper"),
        (nested(100_000), "nested deeper"),
        (b'["\\u0000"]', "can't be stored"),
        (b'{"a": {"\\ud800": 1}}', "can't be stored"),
        (b'["\\uDFFF"]', "can't be stored"),
        (b'{"a": {"b": 1, "c": 2, "b": 1}}', "the key 'b' is given twice"),
        (b"[NaN]", "not a number"),
        (b"[1e999]", "too large"),
        (b"9" * 5000, "thousands of digits"),
        (b"[" + b"[]," * 250_000 + b"1]", "more than 500,000 values"),
        (b'["\xff"]', "UTF-8"),
        (b'["\x00"]', "not valid JSON"),
        (b"", "not valid JSON"),
    ],
)
def test_what_can_not_be_stored_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_json(raw)


@pytest.mark.rule("API-3", "ERR-1")
def test_a_body_that_nobody_asked_for_is_not_looked_into(api: Api):
    for raw in (nested(100_000), b"[NaN]", b"\xff"):
        assert api.ask("GET", "/accounts?colour=green", raw=raw).status == 422
        assert api.ask("DELETE", "/accounts/acc_999999", raw=raw).status == 422


@pytest.mark.rule("API-5")
def test_a_day_in_the_body_of_a_delete_is_not_overlooked(api: Api) -> None:
    parent = api.customer()["default_account"]
    child = api.customer(account={"parent": parent})["default_account"]
    told = api.refused("DELETE", f"/accounts/{child}/parent", {"effective_date": "2027-01-01"})
    assert "?effective_date=" in told["detail"]
    assert api.get(f"/accounts/{child}")["parent"] == parent
    assert api.ask("DELETE", f"/accounts/{child}/parent", {}).status == 204
