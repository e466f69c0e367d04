"""A price in words: 19.90 a month, from 1.00 each."""

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from banyan.catalog.models import Price
from banyan.console import localized
from banyan.console.resources.columns import Text
from banyan.engine.facts import PriceModel, PriceType


def price_in_words(price: Price) -> str:
    """What it asks: `$49.00 a month`, `$0.02 per call`, `tiers from $1.00 per unit every 3 months`."""
    unit = price.meter.unit if price.meter else "unit"
    if price.model == PriceModel.FLAT:
        amount = localized.money(price.flat_amount, price.currency)
    elif price.model == PriceModel.PACKAGE:
        amount = f"{localized.money(price.unit_amount, price.currency)} per {localized.number(price.package_size or 1)}"
    elif price.tiers:
        first = Decimal(price.tiers[0]["unit_amount"] or 0)
        amount = f"{len(price.tiers)} tiers from {localized.money(first, price.currency)} per {unit}"
    else:
        amount = f"{localized.money(price.unit_amount, price.currency)} per {unit}"
    return amount if price.type == PriceType.ONE_TIME else f"{amount}, {interval_in_words(price)}"


def interval_in_words(price: Price) -> str:
    """Each month; every 3 months."""
    return f"each {price.interval}" if price.interval_count == 1 else f"every {price.interval_count} {price.interval}s"


class Asks(Text):
    """What a price asks."""

    def render(self, record: Any) -> SafeString:
        """In words."""
        return format_html('<span class="money">{}</span>', price_in_words(record))
