"""Prices as people choose them."""

from collections.abc import Sequence

from banyan.catalog.models import Price
from banyan.catalog.queries import prices
from banyan.console.localized import money

MOST = 1_000
EACH = {"per_unit": "each", "flat": "flat", "graduated": "in tiers", "volume": "by volume", "package": "a package"}


def price_text(price: Price) -> str:
    """`Seats · €10.00 each a month`, with its code; the product has been read with it."""
    amount = money(price.flat_amount if price.model == "flat" else price.unit_amount, price.currency)
    told = EACH.get(price.model, price.model)
    told = f"{price.currency} {told}" if price.tiers else f"{amount} {told}"
    every = f"every {price.interval_count} {price.interval}s" if price.interval_count > 1 else f"a {price.interval}"
    often = "once" if price.type == "one_time" else every
    code = f" ({price.code})" if price.code else ""
    return f"{price.product.name} · {told} {often}{code}"


def price_choices(currency: str | None = None, kind: str | None = None) -> Sequence[tuple[str, str]]:
    """The prices of active products to choose from, by product."""
    rows = prices().filter(product__active=True).order_by("product__name", "currency", "pk")
    if currency is not None:
        rows = rows.filter(currency=currency)
    if kind is not None:
        rows = rows.filter(type=kind)
    return [(str(row.pk), price_text(row)) for row in rows[:MOST]]
