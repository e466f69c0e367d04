"""What a body may be: JSON that the database can hold, and not nested endlessly (API-3)."""

import pytest

from banyan.api.reading import DEEPEST, Unreadable, read_json


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
        (b"[NaN]", "no number"),
        (b"[1e999]", "too large"),
        (b'["\xff"]', "UTF-8"),
        (b'["\x00"]', "no JSON"),
        (b"", "no JSON"),
    ],
)
def test_what_can_not_be_stored_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_json(raw)
