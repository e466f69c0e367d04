"""A price in words: 19.90 a month, from 1.00 each."""

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext_lazy

from banyan.catalog.models import Price
from banyan.console import localized
from banyan.console.resources.columns import Text
from banyan.engine.facts import PriceModel, PriceType
from banyan.kernel.calendar import Unit

EVERY = {
    Unit.DAY: ngettext_lazy("each day", "every %(number)s days", "number"),
    Unit.WEEK: ngettext_lazy("each week", "every %(number)s weeks", "number"),
    Unit.MONTH: ngettext_lazy("each month", "every %(number)s months", "number"),
    Unit.QUARTER: ngettext_lazy("each quarter", "every %(number)s quarters", "number"),
    Unit.YEAR: ngettext_lazy("each year", "every %(number)s years", "number"),
}


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
    return str(EVERY[Unit(price.interval)] % {"number": price.interval_count})


class Asks(Text):
    """What a price asks."""

    def render(self, record: Any) -> SafeString:
        """In words."""
        return format_html('<span class="money">{}</span>', price_in_words(record))
