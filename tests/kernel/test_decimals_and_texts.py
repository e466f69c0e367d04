"""Numbers are read in one way only, and texts are what people can read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.kernel.decimals import decimal_text, is_plain, parse_decimal
from banyan.kernel.texts import LONGEST_SHOWN, fault_of, shown


@pytest.mark.rule("MON-1", "API-2")
@pytest.mark.parametrize("text", ["0", "-12.50", "007", "999999999999999999.123456789012"])
def test_a_plain_number_is_read_exactly(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.rule("MON-1", "ERR-1")
@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1\n", "+1", "1e3", "1E-3", "NaN", "Infinity", "1,000.00", ".5", "5.", "1_000", "٣", "0x10"),
        "1" * 19,
        "0.1234567890123",
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    assert parse_decimal(text) is None


@pytest.mark.rule("MON-1", "API-2")
@given(st.decimals(Decimal(-(10**18) + 1), Decimal(10**18 - 1), places=12))
def test_a_number_is_written_in_the_shortest_way_that_is_read_as_the_same(number: Decimal) -> None:
    written = decimal_text(number)
    assert parse_decimal(written) == number
    assert "." not in written or written[-1] not in "0."


@pytest.mark.rule("API-2")
@pytest.mark.parametrize(("number", "written"), [("10.000", "10"), ("1E+3", "1000"), ("-0.00", "0"), ("100", "100")])
def test_a_number_has_neither_exponent_nor_zeros_that_say_nothing(number: str, written: str) -> None:
    assert decimal_text(Decimal(number)) == written


@pytest.mark.rule("MON-1")
@pytest.mark.parametrize(
    ("number", "decimals", "fits"),
    [
        ("19.99", 2, True),
        ("19.990", 2, True),
        ("19.991", 2, False),
        ("1E+3", 0, True),
        ("0.000", 0, True),
        ("1E+18", 2, False),
        ("-1E+17", 2, True),
        ("NaN", 2, False),
        ("-Infinity", 2, False),
    ],
)
def test_a_number_is_plain_by_its_value_not_its_notation(number: str, decimals: int, fits: bool) -> None:
    assert is_plain(Decimal(number), decimals) is fits


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Crème brûlée 東京", None),
        ("", "is empty"),
        (" \t", "is empty"),
        ("abcdefghijklmnopqrstu", "has 21 characters; at most 20"),
        ("a\x00b", "has the control character U+0000"),
        ("a\nb", "has the control character U+000A"),
        ("a\x9fb", "has the control character U+009F"),
        ("a\ud800", "has the control character U+D800"),
        ("invoice\u202eexe.pdf", "has the control character U+202E"),
        ("a\u2066b", "has the control character U+2066"),
        ("שלום\u200f 12", None),
    ],
)
def test_a_fault_of_a_text_is_told(text: str, fault: str | None) -> None:
    assert (fault_of(text, 20) or "None").startswith(str(fault))


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(
    ("value", "quoted"),
    [("a\u202eb", r"'a\u202eb'"), (None, "null"), (True, "true"), ({"a": [None, 1.5]}, '{"a": [null, 1.5]}')],
)
def test_a_value_is_quoted_as_clients_write_it(value: object, quoted: str) -> None:
    assert shown(value) == quoted
    assert len(shown([value] * 100)) == LONGEST_SHOWN
