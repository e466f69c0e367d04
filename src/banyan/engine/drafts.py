"""Lines on their way to an invoice: first billings, corrections, one-time charges."""

from datetime import timedelta
from decimal import Decimal

from banyan.engine.facts import BilledLine, Item, LineKind, OneTimeCharge, PriceType
from banyan.engine.rating import service_day
from banyan.engine.result import Charged, Draft, Payer
from banyan.kernel.calendar import Period
from banyan.kernel.money import round_amount


def first_billing(item: Item, charged: Charged, payer: Payer, number: int = 0) -> Draft:
    """The line of what was not billed yet."""
    return Draft(item.account_id, item.subscription_id, item.id, None, charged, payer, number)


def correction(
    item: Item,
    corrected: BilledLine,
    standing: tuple[BilledLine, ...],
    period: Period,
    quantity: Decimal,
    gross: Decimal,
    payer: Payer,
    number: int,
) -> Draft:
    """The line that charges or credits the difference to what was billed; one unit of that difference, unless it is
    usage. `standing`: see Draft.
    """
    price = corrected.price
    charged = Charged(
        LineKind.CORRECTION,
        price.product,
        price.id,
        f"Correction: {price.product.name}",
        period,
        quantity,
        None if price.type is PriceType.USAGE else gross,
        gross,
        service_day(price, corrected.period),
    )
    return Draft(item.account_id, item.subscription_id, item.id, None, charged, payer, number, corrected, standing)


def one_time_charge(charge: OneTimeCharge, payer: Payer, currency: str) -> Draft:
    """The line of a one-time charge or credit (SUB-7)."""
    amount = round_amount(charge.amount, currency)
    day = Period(charge.date, charge.date + timedelta(days=1))
    charged = Charged(
        LineKind.ONE_TIME, charge.product, None, charge.description, day, Decimal(1), amount, amount, charge.date
    )
    return Draft(charge.account_id, charge.subscription_id, None, charge.id, charged, payer)
