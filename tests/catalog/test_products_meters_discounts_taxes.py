"""Products, meters, discounts and tax rates: what is refused, and what holds on a day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.facts import load_discounts, load_tax_rates
from banyan.catalog.inputs import NewDiscount, NewMeter, NewProduct, NewTaxRate
from banyan.kernel.refusals import Kind, Refusal
from tests.business import NEW_YEAR, a_meter, a_product, an_account

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("CAT-1")
def test_a_code_belongs_to_one_product() -> None:
    product = a_product()
    with pytest.raises(Refusal) as caught:
        create_product(NewProduct(name="Other", code=product.code))
    assert (caught.value.rule, caught.value.problems[0].field) == ("CAT-1", "code")
    with pytest.raises(Refusal, match="another product"):
        update_product(a_product().id, {"code": product.code})


@pytest.mark.rule("CAT-1")
def test_a_product_can_be_taken_off_the_market_but_not_lose_its_name() -> None:
    product = a_product()
    assert not update_product(product.id, {"active": False}).active
    with pytest.raises(Refusal) as caught:
        update_product(product.id, {"name": None, "id": 7})
    assert {problem.field for problem in caught.value.problems} == {"name", "id"}
    with pytest.raises(Refusal) as caught:
        update_product(999_999_999, {"name": "Nobody's"})
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize(
    ("given", "field"),
    [({"aggregation": "average"}, "aggregation"), ({"precision": 13}, "precision"), ({"key": " "}, "key")],
)
def test_a_meter_counts_in_one_of_five_ways(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        create_meter(NewMeter(**({"key": "calls", "name": "Calls"} | given)))
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.rule("USE-1")
def test_a_meter_adds_whole_units_unless_said_otherwise_and_its_key_is_its_own() -> None:
    meter = create_meter(NewMeter(key="calls"))
    assert (meter.name, meter.unit, meter.aggregation, meter.precision) == ("calls", "unit", "sum", 0)
    with pytest.raises(Refusal, match="another meter"):
        create_meter(NewMeter(key="calls"))


@pytest.mark.rule("DIS-1")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "percent"),
        ({"percent": Decimal(10), "amount": Decimal(5)}, "percent"),
        ({"percent": Decimal(0)}, "percent"),
        ({"percent": Decimal("100.01")}, "percent"),
        ({"percent": Decimal("NaN")}, "percent"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"percent": Decimal(10), "valid_to": date(2025, 12, 31)}, "valid_to"),
        ({"percent": Decimal(10), "products": (999_999_999,)}, "products.0"),
    ],
)
def test_a_discount_is_a_sensible_percent_or_amount(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        create_discount(NewDiscount(**({"account": an_account().id, "valid_from": NEW_YEAR} | given)))
    assert [(problem.field, problem.rule) for problem in caught.value.problems] == [(field, "DIS-1")]


@pytest.mark.rule("DIS-1")
def test_discounts_come_in_the_order_they_were_made_with_their_last_day_included() -> None:
    account, product = an_account(), a_product()
    fixed = create_discount(
        NewDiscount(account.id, amount=Decimal("5.00"), valid_from=NEW_YEAR, products=(product.id,))
    )
    january = create_discount(
        NewDiscount(account.id, percent=Decimal(10), valid_from=NEW_YEAR, valid_to=date(2026, 1, 31))
    )
    (first, second) = load_discounts([account.id])[account.id]
    assert (first.id, first.percent, first.amount, first.products) == (fixed.id, None, 5, frozenset({product.id}))
    assert (second.id, second.percent, second.amount, second.products) == (january.id, 10, None, None)
    days = (date(2025, 12, 31), NEW_YEAR, date(2026, 1, 31), date(2026, 2, 1))
    assert [second.valid.holds_on(day) for day in days] == [False, True, True, False]
    assert [first.valid.holds_on(day) for day in days] == [False, True, True, True]
    assert load_discounts([an_account().id]) == {}


@pytest.mark.rule("TAX-1")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"percent": Decimal("-1")}, "percent"),
        ({"percent": Decimal(101)}, "percent"),
        ({"valid_from": date(2026, 2, 1), "valid_to": NEW_YEAR}, "valid_to"),
    ],
)
def test_a_tax_rate_is_a_percent_in_a_country(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        create_tax_rate(NewTaxRate(**({"name": "VAT", "country": "DE", "percent": Decimal(19)} | given)))
    assert [(problem.field, problem.rule) for problem in caught.value.problems] == [(field, "TAX-1")]


@pytest.mark.rule("TAX-1")
def test_tax_rates_come_with_the_days_on_which_they_are_valid() -> None:
    always = create_tax_rate(NewTaxRate("VAT", "DE", Decimal("19")))
    old = create_tax_rate(NewTaxRate("Old VAT", "DE", Decimal("16"), valid_to=date(2020, 12, 31)))
    (first, second) = load_tax_rates().rates
    assert (first.id, first.name, str(first.percent), first.state, first.tax_category) == (
        *(always.id, "VAT", "19", None, None),
    )
    assert second.id == old.id
    assert [second.valid.holds_on(day) for day in (date(2020, 12, 31), date(2021, 1, 1))] == [True, False]


def test_a_meter_may_count_fractions() -> None:
    assert a_meter(precision=3).precision == 3
