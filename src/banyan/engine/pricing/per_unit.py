"""Per unit: quantity × unit price (CAT-2)."""

from decimal import Decimal

from banyan.engine.facts import Price


def amount(price: Price, quantity: Decimal) -> Decimal:
    """3 × 19.99 = 59.97."""
    return price.unit_amount * quantity
