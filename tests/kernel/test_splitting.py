"""Splitting by largest remainder."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.kernel.splitting import split

CENT = Decimal("0.01")


def _split(amount: str, weights: list[str], quantum: str = "0.01") -> list[str]:
    return [str(part) for part in split(Decimal(amount), [Decimal(weight) for weight in weights], Decimal(quantum))]


@pytest.mark.rule("MON-2")
@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.05", ["1", "1", "2"], ["0.01", "0.01", "0.03"]),
        ("0.02", ["1", "1", "1"], ["0.01", "0.01", "0.00"]),
        ("5.00", ["100", "59.97"], ["3.13", "1.87"]),
        ("-10.00", ["1", "1", "1"], ["-3.34", "-3.33", "-3.33"]),
        ("1.00", ["0", "0"], ["1.00", "0.00"]),
        ("1.00", ["0", "0.5"], ["0.00", "1.00"]),
    ],
)
def test_the_largest_remainders_get_what_is_left_and_ties_go_to_the_earlier(
    amount: str, weights: list[str], parts: list[str]
) -> None:
    assert _split(amount, weights) == parts


@pytest.mark.rule("MON-2", "POO-2")
def test_whole_units_are_split_by_need() -> None:
    assert _split("800", ["1000", "200"], "1") == ["667", "133"]


@pytest.mark.rule("MON-2")
@given(
    cents=st.integers(-(10**9), 10**9),
    weights=st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=20),
)
def test_the_parts_add_up_and_none_is_a_cent_away_from_its_share(cents: int, weights: list[Decimal]) -> None:
    amount = cents * CENT
    parts = split(amount, weights, CENT)
    assert sum(parts) == amount
    if sum(weights):
        assert all(
            abs(part * sum(weights) - amount * weight) < CENT * sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.rule("MON-2")
def test_what_can_not_be_split_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        _split("0.005", ["1"])
    with pytest.raises(ValueError, match="negative"):
        _split("1.00", ["1", "-1"])
    with pytest.raises(ValueError, match="nobody"):
        _split("1.00", [])
    assert _split("0", []) == []
