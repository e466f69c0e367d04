"""Set a price for a product (CAT-1 to CAT-3). A price never changes; a new one replaces it."""

from decimal import Decimal

from django.db import IntegrityError, transaction

from banyan.catalog.checks import check_price
from banyan.catalog.inputs import NewPrice, NewTier
from banyan.catalog.models import Meter, Price, Product
from banyan.engine.facts import PriceType, Timing
from banyan.kernel.calendar import Unit
from banyan.kernel.refusals import Problems, invalid


def create_price(new: NewPrice) -> Price:
    """A new price: monthly and charged in advance unless said otherwise, usage in arrears (USE-2), and
    shown on invoices also where an allowance covers all of it (POO-3).
    """
    problems = Problems()
    check_price(problems, new)
    _check_references(problems, new)
    problems.raise_if_any()
    try:
        with transaction.atomic():
            return Price.objects.create(
                product_id=new.product,
                code=new.code,
                currency=new.currency,
                type=new.type,
                model=new.model,
                interval=new.interval or Unit.MONTH,
                interval_count=new.interval_count or 1,
                timing=new.timing or _default_timing(new.type),
                unit_amount=new.unit_amount or Decimal(0),
                flat_amount=new.flat_amount or Decimal(0),
                tiers=[_as_texts(tier) for tier in new.tiers or ()],
                package_size=new.package_size or None,
                meter_id=new.meter,
                included_quantity=new.included_quantity or Decimal(0),
                pooled=bool(new.pooled),
                show_covered_usage=new.show_covered_usage is not False,
            )
    except IntegrityError:
        raise invalid("code", "taken", f"code {new.code!r} is that of another price", "CAT-1", new.code) from None


def _check_references(problems: Problems, new: NewPrice) -> None:
    if not Product.objects.filter(pk=new.product).exists():
        problems.add("product", "unknown", "there is no such product", "CAT-1", new.product)
    if new.meter is not None and not Meter.objects.filter(pk=new.meter).exists():
        problems.add("meter", "unknown", "there is no such meter", "USE-1", new.meter)


def _default_timing(type_: str) -> Timing:
    return Timing.IN_ARREARS if type_ == PriceType.USAGE else Timing.IN_ADVANCE


def _as_texts(tier: NewTier) -> dict[str, str | None]:
    return {
        "up_to": None if tier.up_to is None else format(tier.up_to, "f"),
        "unit_amount": format(tier.unit_amount or Decimal(0), "f"),
        "flat_amount": format(tier.flat_amount or Decimal(0), "f"),
    }
