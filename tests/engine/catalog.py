"""Short ways to write prices and terms in tests."""

from datetime import date
from decimal import Decimal

from banyan.engine.facts import Meter, Price, PriceModel, PriceType, Product, Terms, Tier, Timing
from banyan.kernel.calendar import Interval, Unit

MONTH = Interval(Unit.MONTH, 1)
PLAN = Product(1, "Plan", None)
CALLS = Meter(1, "calls", "call", 0)
TIERS = (
    Tier(Decimal(100), Decimal("1.00"), Decimal(0)),
    Tier(Decimal(500), Decimal("0.80"), Decimal(0)),
    Tier(None, Decimal("0.50"), Decimal(0)),
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def price(
    model: PriceModel,
    *,
    id: int = 1,
    type: PriceType = PriceType.RECURRING,
    interval: Interval = MONTH,
    timing: Timing = Timing.IN_ADVANCE,
    unit: str = "0",
    flat: str = "0",
    tiers: tuple[Tier, ...] = (),
    package: str | None = None,
    included: str = "0",
    pooled: bool = False,
    product: Product = PLAN,
    currency: str = "USD",
    meter: Meter = CALLS,
) -> Price:
    return Price(
        id=id,
        product=product,
        currency=currency,
        type=type,
        model=model,
        interval=interval,
        timing=timing,
        unit_amount=Decimal(unit),
        flat_amount=Decimal(flat),
        tiers=tiers,
        package_size=None if package is None else Decimal(package),
        meter=meter if type is PriceType.USAGE else None,
        included_quantity=Decimal(included),
        pooled=pooled,
    )


def flat(amount: str, *, id: int = 1, timing: Timing = Timing.IN_ADVANCE, interval: Interval = MONTH) -> Price:
    return price(PriceModel.FLAT, flat=amount, id=id, timing=timing, interval=interval)


def seats(amount: str, *, id: int = 2, timing: Timing = Timing.IN_ADVANCE, product: Product = PLAN) -> Price:
    return price(PriceModel.PER_UNIT, unit=amount, id=id, timing=timing, product=product)


def metered(amount: str, *, id: int = 3, included: str = "0", pooled: bool = False, meter: Meter = CALLS) -> Price:
    return price(
        PriceModel.PER_UNIT,
        unit=amount,
        id=id,
        included=included,
        pooled=pooled,
        type=PriceType.USAGE,
        timing=Timing.IN_ARREARS,
        meter=meter,
    )


def terms(since: str, price: Price, quantity: str = "1") -> Terms:
    return Terms(day(since), price, Decimal(quantity))
