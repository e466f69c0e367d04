"""What a price asks for a quantity (CAT-2): one model a file, all with the same signature."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from banyan.engine.facts import Price, PriceModel
from banyan.engine.pricing import flat, graduated, package, per_unit, volume

_AMOUNTS: Mapping[PriceModel, Callable[[Price, Decimal], Decimal]] = {
    PriceModel.FLAT: flat.amount,
    PriceModel.PER_UNIT: per_unit.amount,
    PriceModel.GRADUATED: graduated.amount,
    PriceModel.VOLUME: volume.amount,
    PriceModel.PACKAGE: package.amount,
}


def amount_for(price: Price, quantity: Decimal) -> Decimal:
    """What a whole period costs, not rounded yet. The quantity is never negative."""
    return _AMOUNTS[price.model](price, quantity)


def unit_amount_shown(price: Price, quantity: Decimal) -> Decimal | None:
    """What one unit costs, where quantity × that is the whole period's amount; else None."""
    if price.model is PriceModel.PER_UNIT:
        return price.unit_amount
    if price.model is PriceModel.FLAT:
        return price.flat_amount if quantity == 1 else None
    if price.model is PriceModel.VOLUME:
        tier = volume.tier_of(price, quantity)
        return None if tier.flat_amount else tier.unit_amount
    return None
