"""Price models, at and beyond the boundaries of their tiers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.engine.facts import Price, PriceModel, Tier
from banyan.engine.pricing import amount_for, unit_amount_shown
from tests.engine.catalog import TIERS, flat, price, seats

GRADUATED = price(PriceModel.GRADUATED, tiers=TIERS)
VOLUME = price(PriceModel.VOLUME, tiers=TIERS)
PACKAGE = price(PriceModel.PACKAGE, unit="9.99", package="100")
WITH_FLAT_AMOUNTS = (
    Tier(Decimal(10), Decimal("2.00"), Decimal("5.00")),
    Tier(None, Decimal("1.00"), Decimal("3.00")),
)


@pytest.mark.rule("CAT-2", "CAT-3")
@pytest.mark.parametrize(
    ("asked", "quantity", "amount"),
    [
        (flat("100.00"), "0", "100.00"),
        (flat("100.00"), "7", "100.00"),
        (seats("19.99"), "0", "0"),
        (seats("19.99"), "3", "59.97"),
        (seats("0.000000000001"), "1000000000000", "1"),
        (GRADUATED, "0", "0"),
        (GRADUATED, "100", "100.00"),
        (GRADUATED, "101", "100.80"),
        (GRADUATED, "500", "420.00"),
        (GRADUATED, "750", "545.00"),
        (VOLUME, "0", "0"),
        (VOLUME, "100", "100.00"),
        (VOLUME, "100.5", "80.40"),
        (VOLUME, "101", "80.80"),
        (VOLUME, "750", "375.00"),
        (PACKAGE, "0", "0"),
        (PACKAGE, "0.1", "9.99"),
        (PACKAGE, "100", "9.99"),
        (PACKAGE, "100.01", "19.98"),
        (PACKAGE, "701", "79.92"),
        (price(PriceModel.GRADUATED, tiers=WITH_FLAT_AMOUNTS), "0", "0"),
        (price(PriceModel.GRADUATED, tiers=WITH_FLAT_AMOUNTS), "10", "25.00"),
        (price(PriceModel.GRADUATED, tiers=WITH_FLAT_AMOUNTS), "11", "29.00"),
        (price(PriceModel.VOLUME, tiers=WITH_FLAT_AMOUNTS), "0", "0"),
        (price(PriceModel.VOLUME, tiers=WITH_FLAT_AMOUNTS), "10", "25.00"),
        (price(PriceModel.VOLUME, tiers=WITH_FLAT_AMOUNTS), "11", "14.00"),
    ],
)
def test_what_a_quantity_costs(asked: Price, quantity: str, amount: str) -> None:
    assert amount_for(asked, Decimal(quantity)) == Decimal(amount)


tier_lists = st.lists(st.tuples(st.integers(1, 50), st.decimals(0, 9, places=2)), min_size=1, max_size=5).map(
    lambda steps: tuple(
        Tier(
            None if place == len(steps) - 1 else Decimal(sum(width for width, _ in steps[: place + 1])),
            unit,
            Decimal(0),
        )
        for place, (_, unit) in enumerate(steps)
    )
)


@pytest.mark.rule("CAT-2")
@given(tiers=tier_lists, quantity=st.integers(0, 300))
def test_one_more_graduated_unit_costs_the_price_of_its_tier(tiers: tuple[Tier, ...], quantity: int) -> None:
    asked = price(PriceModel.GRADUATED, tiers=tiers)
    unit = next(tier.unit_amount for tier in tiers if tier.up_to is None or quantity + 1 <= tier.up_to)
    assert amount_for(asked, Decimal(quantity + 1)) - amount_for(asked, Decimal(quantity)) == unit


@pytest.mark.rule("CAT-2")
@given(quantity=st.decimals(0, 1000, places=3), unit=st.decimals(0, 100, places=4))
def test_with_one_open_tier_the_models_agree(quantity: Decimal, unit: Decimal) -> None:
    tiers = (Tier(None, unit, Decimal(0)),)
    amounts = {
        amount_for(price(PriceModel.GRADUATED, tiers=tiers), quantity),
        amount_for(price(PriceModel.VOLUME, tiers=tiers), quantity),
        amount_for(price(PriceModel.PER_UNIT, unit=str(unit)), quantity),
    }
    assert len(amounts) == 1


@pytest.mark.rule("INV-4")
def test_a_unit_amount_is_shown_where_quantity_times_it_is_the_amount() -> None:
    one, seven = Decimal(1), Decimal(7)
    assert unit_amount_shown(seats("19.99"), seven) == Decimal("19.99")
    assert unit_amount_shown(flat("100.00"), one) == Decimal("100.00")
    assert unit_amount_shown(flat("100.00"), seven) is None
    assert unit_amount_shown(VOLUME, Decimal(750)) == Decimal("0.50")
    assert unit_amount_shown(price(PriceModel.VOLUME, tiers=WITH_FLAT_AMOUNTS), seven) is None
    assert unit_amount_shown(GRADUATED, seven) is None
    assert unit_amount_shown(PACKAGE, seven) is None
