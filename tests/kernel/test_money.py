"""Rounding to the minor unit."""

from decimal import Decimal

import pytest

from banyan.kernel.money import CURRENCIES, minor_unit, minor_units, round_amount


@pytest.mark.rule("MON-1")
@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "USD", "2.35"),
        ("2.344999999999", "USD", "2.34"),
        ("-2.345", "USD", "-2.35"),
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("0.4999", "JPY", "0"),
        ("1.0005", "BHD", "1.001"),
        ("1.00005", "CLF", "1.0001"),
    ],
)
def test_an_amount_is_rounded_half_up_to_the_minor_unit(amount: str, currency: str, rounded: str) -> None:
    result = round_amount(Decimal(amount), currency)
    assert (result, str(result)) == (Decimal(rounded), rounded)


@pytest.mark.rule("MON-1")
def test_the_minor_unit_follows_from_the_currency() -> None:
    assert [minor_units(code) for code in ("JPY", "USD", "BHD", "UYW")] == [0, 2, 3, 4]
    assert minor_unit("USD") == Decimal("0.01")


def test_only_three_letter_codes_in_use_are_currencies() -> None:
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert {"EUR", "MXN", "XCG"} <= CURRENCIES.keys()
    assert not {"XXQ", "DEM", "XAU"} & CURRENCIES.keys()
