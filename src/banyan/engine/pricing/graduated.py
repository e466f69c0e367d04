"""Graduated: each tier's units at that tier's price, and the tier's flat amount once it is entered (CAT-2)."""

from decimal import Decimal

from banyan.engine.facts import Price


def amount(price: Price, quantity: Decimal) -> Decimal:
    """Up to 100 at 1.00, up to 500 at 0.80, then 0.50: 750 cost 100 + 320 + 125 = 545."""
    total = Decimal(0)
    below = Decimal(0)
    for tier in price.tiers:
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        total += (top - below) * tier.unit_amount + tier.flat_amount
        below = top
    return total
