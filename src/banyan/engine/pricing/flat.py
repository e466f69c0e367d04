"""Flat: the same amount whatever the quantity, even none (CAT-2)."""

from decimal import Decimal

from banyan.engine.facts import Price


def amount(price: Price, quantity: Decimal) -> Decimal:
    """The price's flat amount."""
    return price.flat_amount
