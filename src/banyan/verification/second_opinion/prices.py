"""What a price makes of a quantity (CAT-2)."""

from fractions import Fraction
from math import ceil

from banyan.verification.second_opinion.facts import NOTHING, Price


def price_of(price: Price, quantity: Fraction) -> Fraction:
    """For the whole period, not rounded."""
    if price.model == "flat":
        return price.flat
    if price.model == "per_unit":
        return price.unit * quantity
    if price.model == "package":
        return price.unit * ceil(quantity / price.package)
    if quantity == 0:
        return NOTHING
    if price.model == "volume":
        _, unit, flat = next(tier for tier in price.tiers if tier[0] is None or quantity <= tier[0])
        return quantity * unit + flat
    total = below = NOTHING
    for up_to, unit, flat in price.tiers:
        if quantity > below:
            total += ((quantity if up_to is None else min(quantity, up_to)) - below) * unit + flat
        below = quantity if up_to is None else up_to
    return total


def unit_amount_of(price: Price, quantity: Fraction) -> Fraction | None:
    """What one unit costs, where the quantity times that is what it costs for the whole period."""
    if price.model == "per_unit":
        return price.unit
    if price.model == "flat" and quantity == 1:
        return price.flat
    if price.model == "volume":
        _, unit, flat = next(tier for tier in price.tiers if tier[0] is None or quantity <= tier[0])
        return None if flat else unit
    return None
