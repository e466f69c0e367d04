"""Rounding to the minor unit."""

from decimal import Decimal

import pytest

from banyan.kernel.money import (
    CURRENCIES,
    amount_shown,
    amount_text,
    amounts_by_currency,
    exact_amount_text,
    minor_unit,
    minor_units,
    round_amount,
)


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


@pytest.mark.rule("MON-1")
@pytest.mark.parametrize(
    ("amount", "currency", "written", "exactly"),
    [
        ("12.5", "USD", "12.50", "12.50"),
        ("0", "USD", "0.00", "0.00"),
        ("-0.004", "USD", "0.00", "-0.004"),
        ("1E+3", "JPY", "1000", "1000"),
        ("12.5000", "BHD", "12.500", "12.500"),
        ("0.0025", "USD", "0.00", "0.0025"),
        ("99999999999999999999.9999", "CLF", "99999999999999999999.9999", "99999999999999999999.9999"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(
    amount: str, currency: str, written: str, exactly: str
) -> None:
    assert amount_text(Decimal(amount), currency) == written
    assert exact_amount_text(Decimal(amount), currency) == exactly


@pytest.mark.rule("MON-1")
def test_amounts_in_several_currencies_stand_in_the_order_of_their_codes() -> None:
    owed = {"USD": Decimal("2576.98"), "JPY": Decimal(5000), "BHD": Decimal("0.5")}
    assert list(amounts_by_currency(owed).items()) == [("BHD", "0.500"), ("JPY", "5000"), ("USD", "2576.98")]
    assert amount_shown(owed["USD"], "USD") == "2,576.98 USD"
