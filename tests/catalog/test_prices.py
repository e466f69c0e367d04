"""Prices: every model has its own fields, tiers rise and end open, and a price is one fact for ever."""

from decimal import Decimal
from typing import Any

import pytest

from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.facts import load_prices
from banyan.catalog.inputs import NewPrice, NewTier
from banyan.engine.facts import Timing
from banyan.kernel.refusals import Refusal
from tests.business import a_meter, a_price, a_product

pytestmark = pytest.mark.usefixtures("tenant")


def tier(up_to: str | None, unit_amount: str | None = "1") -> NewTier:
    return NewTier(up_to and Decimal(up_to), unit_amount and Decimal(unit_amount))


FLAT = {"type": "recurring", "model": "flat", "flat_amount": Decimal("100")}
SEATS = {"type": "recurring", "model": "per_unit", "unit_amount": Decimal("19.99")}
TIERS = {"type": "recurring", "model": "graduated", "tiers": (tier("100"), tier(None, "0.5"))}
PACKS = {"type": "recurring", "model": "package", "unit_amount": Decimal("9.99"), "package_size": Decimal(100)}
USAGE = {"type": "usage", "model": "per_unit", "unit_amount": Decimal("0.05")}


def refused(terms: dict[str, Any], **changes: Any) -> Refusal:
    new = NewPrice(**({"product": a_product().id, "currency": "USD"} | terms | changes))
    with pytest.raises(Refusal) as caught:
        create_price(new)
    return caught.value


@pytest.mark.rule("CAT-1", "CAT-2")
@pytest.mark.parametrize("terms", [FLAT, SEATS, TIERS, PACKS], ids=["flat", "per_unit", "graduated", "package"])
def test_each_model_is_accepted_with_its_own_fields(terms: dict[str, Any]) -> None:
    price = create_price(NewPrice(product=a_product().id, currency="USD", **terms))
    assert (price.interval, price.interval_count, price.timing) == ("month", 1, "in_advance")


@pytest.mark.rule("CAT-2")
@pytest.mark.parametrize(
    ("terms", "changes", "field"),
    [
        (FLAT, {"flat_amount": None}, "flat_amount"),
        (FLAT, {"unit_amount": Decimal(1)}, "unit_amount"),
        (SEATS, {"unit_amount": None}, "unit_amount"),
        (SEATS, {"tiers": (tier(None),)}, "tiers"),
        (SEATS, {"unit_amount": Decimal("-1")}, "unit_amount"),
        (SEATS, {"unit_amount": Decimal("0.0000000000001")}, "unit_amount"),
        (SEATS, {"unit_amount": Decimal("NaN")}, "unit_amount"),
        (SEATS, {"unit_amount": Decimal("Infinity")}, "unit_amount"),
        (TIERS, {"tiers": None}, "tiers"),
        (TIERS, {"flat_amount": Decimal(5)}, "flat_amount"),
        (PACKS, {"package_size": None}, "package_size"),
        (PACKS, {"package_size": Decimal(0)}, "package_size"),
        (SEATS, {"model": "cheap"}, "model"),
    ],
)
def test_a_model_refuses_what_it_lacks_and_what_is_anothers(
    terms: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    refusal = refused(terms, **changes)
    assert [(problem.field, problem.rule) for problem in refusal.problems] == [(field, "CAT-2")]


@pytest.mark.rule("CAT-3")
@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ((), "tiers"),
        ((tier("100"), tier("500")), "tiers.1.up_to"),
        ((tier("100"), tier("100"), tier(None)), "tiers.1.up_to"),
        ((tier("100"), tier("50"), tier(None)), "tiers.1.up_to"),
        ((tier("0"), tier(None)), "tiers.0.up_to"),
        ((tier(None), tier(None)), "tiers.0.up_to"),
        ((tier("NaN"), tier(None)), "tiers.0.up_to"),
        ((tier("100"), tier(None, None)), "tiers.1"),
    ],
)
def test_tiers_that_do_not_rise_to_an_open_end_are_refused(tiers: tuple[NewTier, ...], field: str) -> None:
    refusal = refused(TIERS, tiers=tiers)
    assert [(problem.field, problem.rule) for problem in refusal.problems] == [(field, "CAT-3")]


@pytest.mark.rule("CAT-1")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "XXQ"}, "currency"),
        ({"type": "sometimes"}, "type"),
        ({"interval": "fortnight"}, "interval"),
        ({"interval_count": 0}, "interval_count"),
        ({"timing": "whenever"}, "timing"),
        ({"product": 999_999_999}, "product"),
        ({"code": "a\nb"}, "code"),
    ],
)
def test_a_price_in_no_currency_type_or_rhythm_is_refused(changes: dict[str, Any], field: str) -> None:
    refusal = refused(SEATS, **changes)
    assert [(problem.field, problem.rule) for problem in refusal.problems] == [(field, "CAT-1")]


@pytest.mark.rule("USE-1", "USE-2", "USE-3")
def test_usage_needs_a_meter_and_is_charged_in_arrears() -> None:
    meter = a_meter().id
    assert create_price(NewPrice(product=a_product().id, currency="USD", meter=meter, **USAGE)).timing == "in_arrears"
    assert refused(USAGE).rule == "USE-1"
    assert refused(USAGE, meter=meter, timing="in_advance").rule == "USE-2"
    assert {p.field for p in refused(SEATS, meter=meter, included_quantity=Decimal(5), pooled=True).problems} == {
        "meter",
        "included_quantity",
        "pooled",
    }


@pytest.mark.rule("ERR-1")
def test_all_problems_of_a_price_are_told_at_once() -> None:
    refusal = refused(USAGE, currency="XXQ", interval="fortnight", unit_amount=None)
    assert {problem.field for problem in refusal.problems} == {"currency", "interval", "meter", "unit_amount"}


@pytest.mark.rule("CAT-1")
def test_a_code_belongs_to_one_price() -> None:
    a_price(code="gold")
    assert refused(SEATS, code="gold").problems[0].code == "taken"


def test_a_price_is_the_same_fact_every_time_until_its_product_is_renamed() -> None:
    price = a_price("19.990000000001")
    first = load_prices([price.id])[price.id]
    assert first is load_prices([price.id])[price.id]
    assert (first.unit_amount, first.timing) == (Decimal("19.990000000001"), Timing.IN_ADVANCE)
    update_product(price.product_id, {"name": "Renamed"})
    assert load_prices([price.id])[price.id].product.name == "Renamed"


def test_tiers_come_back_as_they_were_given() -> None:
    given = (tier("100", "1.00"), NewTier(None, None, Decimal("25")))
    price = create_price(NewPrice(product=a_product().id, currency="USD", **(TIERS | {"tiers": given})))
    first, last = load_prices([price.id])[price.id].tiers
    assert (first.up_to, first.unit_amount, first.flat_amount) == (100, Decimal("1.00"), 0)
    assert (last.up_to, last.unit_amount, last.flat_amount) == (None, 0, 25)
