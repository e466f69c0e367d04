"""Volume: all units at the price of the tier that the total falls in, plus that tier's flat amount (CAT-2)."""

from decimal import Decimal

from banyan.engine.facts import Price, Tier


def tier_of(price: Price, quantity: Decimal) -> Tier:
    """The tier that so many units fall in; `up_to` is inclusive (CAT-3)."""
    return next(tier for tier in price.tiers if tier.up_to is None or quantity <= tier.up_to)


def amount(price: Price, quantity: Decimal) -> Decimal:
    """Up to 100 at 1.00, up to 500 at 0.80, then 0.50: 750 cost 375. Nothing costs nothing."""
    if not quantity:
        return Decimal(0)
    tier = tier_of(price, quantity)
    return quantity * tier.unit_amount + tier.flat_amount
