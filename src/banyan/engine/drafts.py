"""A line on its way to an invoice: what is charged and who pays, before discounts and taxes."""

from datetime import timedelta
from decimal import Decimal

from banyan.engine.facts import BilledLine, Item, LineKind, OneTimeCharge, PriceType, Product
from banyan.engine.rating import RatedSegment
from banyan.engine.result import Payer, UsageTaken
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen
from banyan.kernel.money import round_amount

_KINDS = {
    PriceType.RECURRING: LineKind.RECURRING,
    PriceType.USAGE: LineKind.USAGE,
    PriceType.ONE_TIME: LineKind.ONE_TIME,
}


@frozen
class Draft:
    """See result.Line. `corrects` is the billed line that this one corrects and takes discounts and taxes from
    (SUB-6).
    """

    kind: LineKind
    account_id: int
    subscription_id: int | None
    item_id: int | None
    charge_id: int | None
    product: Product | None
    price_id: int | None
    description: str
    period: Period
    quantity: Decimal
    unit_amount: Decimal | None
    gross: Decimal
    payer: Payer
    usage: UsageTaken | None = None
    correction: int = 0
    corrects: BilledLine | None = None


def first_billing(item: Item, rated: RatedSegment, payer: Payer, number: int) -> Draft:
    """The line of a segment that was not billed yet."""
    price = rated.segment.terms.price
    return Draft(
        _KINDS[price.type],
        item.account_id,
        item.subscription_id,
        item.id,
        None,
        price.product,
        price.id,
        price.product.name,
        rated.segment.part,
        rated.quantity,
        rated.unit_amount,
        rated.gross,
        payer,
        rated.usage,
        number,
    )


def correction(
    item: Item, corrected: BilledLine, period: Period, quantity: Decimal, gross: Decimal, payer: Payer, number: int
) -> Draft:
    """The line that charges or credits the difference to what was billed; one unit of that difference, unless it is
    usage.
    """
    return Draft(
        LineKind.CORRECTION,
        item.account_id,
        item.subscription_id,
        item.id,
        None,
        corrected.price.product,
        corrected.price.id,
        f"Correction: {corrected.price.product.name}",
        period,
        quantity,
        None if corrected.price.type is PriceType.USAGE else gross,
        gross,
        payer,
        None,
        number,
        corrected,
    )


def one_time_charge(charge: OneTimeCharge, payer: Payer, currency: str) -> Draft:
    """The line of a one-time charge or credit (SUB-7)."""
    amount = round_amount(charge.amount, currency)
    return Draft(
        LineKind.ONE_TIME,
        charge.account_id,
        None,
        None,
        charge.id,
        charge.product,
        None,
        charge.description,
        Period(charge.date, charge.date + timedelta(days=1)),
        Decimal(1),
        amount,
        amount,
        payer,
    )
