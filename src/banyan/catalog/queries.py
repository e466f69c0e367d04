"""What the catalogue holds: reads that can be filtered, sorted and paged further."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from banyan.catalog.facts import load_prices
from banyan.catalog.models import Discount, Meter, Price, Product, TaxExemption, TaxRate
from banyan.engine.pricing import amount_for
from banyan.kernel.money import round_amount


def products(q: str | None = None, active: bool | None = None) -> QuerySet[Product]:
    """Products; `q` is part of a name or code."""
    found = Product.objects.order_by("id")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(code__icontains=q))
    return found if active is None else found.filter(active=active)


def prices(q: str | None = None) -> QuerySet[Price]:
    """Prices with their product and meter; `q` is part of a price's code or of its product's name or code."""
    found = Price.objects.select_related("product", "meter").order_by("id")
    if q:
        found = found.filter(Q(code__icontains=q) | Q(product__name__icontains=q) | Q(product__code__icontains=q))
    return found


def price_quotes(price_id: int, quantities: Sequence[Decimal]) -> list[Decimal]:
    """CAT-2: what the price asks for each quantity in a whole period, rounded; of usage, beyond what is included."""
    price = load_prices([price_id])[price_id]
    billable = [max(Decimal(0), quantity - price.included_quantity) for quantity in quantities]
    return [round_amount(amount_for(price, quantity), price.currency) for quantity in billable]


def meters(q: str | None = None) -> QuerySet[Meter]:
    """Meters; `q` is part of a key or name."""
    found = Meter.objects.order_by("id")
    return found.filter(Q(key__icontains=q) | Q(name__icontains=q)) if q else found


def discounts(valid_on: date | None = None) -> QuerySet[Discount]:
    """Discounts with their products, those valid on a day when one is given (DIS-1)."""
    found = Discount.reachable.prefetch_related("products").order_by("id")
    return found if valid_on is None else found.filter(_holds_on(valid_on))


def tax_exemptions(q: str | None = None, valid_on: date | None = None) -> QuerySet[TaxExemption]:
    """Tax exemptions (TAX-2), those valid on a day when one is given; `q` is part of a certificate's number."""
    found = TaxExemption.reachable.order_by("id")
    if q:
        found = found.filter(certificate__icontains=q)
    return found if valid_on is None else found.filter(_holds_on(valid_on))


def _holds_on(day: date) -> Q:
    return (Q(valid_to=None) | Q(valid_to__gte=day)) & (Q(valid_from=None) | Q(valid_from__lte=day))


def tax_rates() -> QuerySet[TaxRate]:
    """Tax rates (TAX-1)."""
    return TaxRate.objects.order_by("id")
