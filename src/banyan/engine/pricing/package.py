"""Package: every started package at the price of a whole one (CAT-2)."""

from decimal import ROUND_CEILING, Decimal

from banyan.engine.facts import Price


def amount(price: Price, quantity: Decimal) -> Decimal:
    """Packages of 100 at 9.99: 701 cost 8 × 9.99 = 79.92. ValueError for a price without a package size."""
    if not price.package_size:
        raise ValueError(f"Price {price.id} is a package price and has no package size.")
    return price.unit_amount * (quantity / price.package_size).to_integral_value(ROUND_CEILING)
