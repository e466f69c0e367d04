"""Why a line costs what it does (INV-11): every step from its price to its total, in words and in numbers that add up.

Worked out from what the line itself keeps and from what never changes: the price, the line that is corrected. The steps
that add to the gross add up to it, those that add to the discount to it taken off, those of the tax to the tax; all of
them together are the total.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from banyan.engine.facts import DiscountTaken, LineKind, Price, PriceModel, PriceType, TaxRounding, TaxTaken
from banyan.engine.periods import is_in_advance
from banyan.engine.pricing import amount_for
from banyan.engine.pricing.volume import tier_of
from banyan.engine.result import UsageTaken
from banyan.kernel.calendar import Interval, Period
from banyan.kernel.frozen import frozen
from banyan.kernel.money import EXACT, minor_unit, percent_of

_NOTHING = Decimal(0)
_SHOWN = Decimal("0.000001")


class AddsTo(StrEnum):
    """What the amount of a step is a part of; an amount taken off is below zero."""

    GROSS = "gross"
    DISCOUNT = "discount"
    TAX = "tax"


@frozen
class Why:
    """One step: `what` it is, what it `says`, by which rule, and what it adds to; None where it only informs."""

    what: str
    says: str
    rule: str
    adds_to: AddsTo | None = None
    amount: Decimal | None = None


@frozen
class Said:
    """What a line keeps of itself."""

    kind: LineKind
    period: Period
    quantity: Decimal
    gross: Decimal
    discounts: tuple[DiscountTaken, ...]
    taxes: tuple[TaxTaken, ...]
    usage: UsageTaken | None
    reverse_charge: bool
    currency: str

    @property
    def net(self) -> Decimal:
        return self.gross - sum((one.amount for one in self.discounts), _NOTHING)


@frozen
class Basis:
    """What a line is explained from besides itself; None where there is no such thing, or it is not known any more.

    `price` and the day from which it is `agreed`; the `full` period that the line is for or a part of. Of usage that
    several prices share (SUB-10) what was `used` in all of it, and the `days` of all. Of a correction what `stood`
    before it; `takes_back`: the line that was corrected is void, so its correction is taken back whole. `rounding` is
    how taxes were rounded.
    """

    price: Price | None = None
    agreed: date | None = None
    full: Period | None = None
    used: Decimal | None = None
    days: int | None = None
    stood: Decimal | None = None
    takes_back: bool = False
    rounding: TaxRounding = TaxRounding.LINE


class Words(Protocol):
    """How whoever reads it writes amounts, numbers and days."""

    def money(self, amount: Decimal) -> str:
        """An amount in the currency of the line, unit prices with all their decimals."""

    def number(self, number: Decimal) -> str:
        """A quantity or a percent."""

    def day(self, day: date) -> str:
        """A day."""


def why(line: Said, basis: Basis, words: Words) -> tuple[Why, ...]:
    """The steps to a line's total, in their order."""
    with localcontext(EXACT):
        return (*_gross(line, basis, words), *_discounts(line, words), *_taxes(line, basis, words))


def _gross(line: Said, basis: Basis, words: Words) -> Iterator[Why]:
    if basis.stood is not None:
        return _corrected(line, basis.stood, basis.takes_back, words)
    if basis.price is None:
        return _once(line, words)
    return _priced(line, basis.price, basis, words)


def _once(line: Said, words: Words) -> Iterator[Why]:
    what = "credit" if line.gross < 0 else "charge"
    says = f"A one-time {what} of {words.money(line.gross)}, dated {words.day(line.period.start)}."
    yield Why("charge", says, "SUB-7", AddsTo.GROSS, line.gross)


def _corrected(line: Said, stood: Decimal, takes_back: bool, words: Words) -> Iterator[Why]:
    stands = stood + line.gross
    if takes_back:
        then = f"{words.money(stood)} was billed as a correction of a line that is void now"
        yield Why("stood", f"{then}; it is taken back.", "SUB-6", AddsTo.GROSS, -stood)
    else:
        yield Why("stands", f"{words.money(stands)} is what it costs now.", "SUB-5", AddsTo.GROSS, stands)
        so_far = f"{words.money(stood)} was billed for it so far"
        says = f"{so_far}; only the difference, {words.money(line.gross)}, is billed."
        yield Why("stood", says, "SUB-5", AddsTo.GROSS, -stood)
    if takes_back and stands:
        yield Why("stands", f"{words.money(stands)} stays.", "SUB-6", AddsTo.GROSS, stands)


def _priced(line: Said, price: Price, basis: Basis, words: Words) -> Iterator[Why]:
    yield Why("price", _price_in_words(price, basis.agreed, words), "CAT-2")
    share = _share_of_usage(line, basis)
    priced = line.quantity if share is None else _whole(line.quantity, share)
    if line.usage is not None:
        yield from _used(line.usage, share, price, words)
    yield from _model(price, priced, words)
    whole = amount_for(price, priced)
    exact = Fraction(whole)
    if share is not None:
        exact *= share
        says = f"This price holds for {_part_of_usage(line, basis, words)}"
        yield _step("share", says, exact, whole, "SUB-10", words)
    elif _is_part(line, price, basis):
        full = basis.full or line.period
        exact *= Fraction(line.period.days, full.days)
        part = f"{line.period.days} of the {full.days} days from {_days(full, words)}"
        yield _step("days", f"It is for {part}", exact, whole, "SUB-3", words)
    rest = line.gross - _shown(exact)
    if rest:
        yield Why("rounding", _rounding_in_words(rest, line, basis, words), "MON-3", AddsTo.GROSS, rest)


def _step(what: str, says: str, exact: Fraction, before: Decimal, rule: str, words: Words) -> Why:
    shown = _shown(exact)
    return Why(what, f"{says}: {words.money(shown)}.", rule, AddsTo.GROSS, shown - before)


def _rounding_in_words(rest: Decimal, line: Said, basis: Basis, words: Words) -> str:
    gross = words.money(line.gross)
    if abs(rest) > minor_unit(line.currency):
        return f"{gross} was billed; days or allowances were others then."
    if line.period == basis.full:
        return f"Rounded to {gross}."
    return f"Rounded to {gross}, together with the other parts of the period."


def _share_of_usage(line: Said, basis: Basis) -> Fraction | None:
    """The part of a period's usage that the line's price holds for; None where it holds for all of it."""
    if line.usage is None or basis.used is None:
        return None
    if basis.used:
        share = Fraction(line.usage.used) / Fraction(basis.used)
    else:
        share = Fraction(line.period.days, basis.days or line.period.days)
    return None if share == 1 else share


def _part_of_usage(line: Said, basis: Basis, words: Words) -> str:
    if basis.used and line.usage:
        return f"{words.number(line.usage.used)} of the {words.number(basis.used)} used in the period"
    return f"{line.period.days} of {basis.days} days of the period"


def _whole(quantity: Decimal, share: Fraction) -> Decimal:
    exact = Fraction(quantity) / share if share else Fraction(0)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_SHOWN).normalize()


def _is_part(line: Said, price: Price, basis: Basis) -> bool:
    return basis.full is not None and price.type is PriceType.RECURRING and line.period != basis.full


def _shown(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_SHOWN).normalize() + _NOTHING


def _used(usage: UsageTaken, share: Fraction | None, price: Price, words: Words) -> Iterator[Why]:
    unit = f" {price.meter.unit}" if price.meter and price.meter.unit else ""
    part = "" if share is None else " while this price was in force"
    yield Why("used", f"{words.number(usage.used)}{unit} were used{part}.", "USE-2")
    if usage.own_allowance:
        says = f"{words.number(usage.own_allowance)} of them are covered by its own allowance."
        yield Why("own_allowance", says, "USE-3")
    if usage.shared_allowance:
        says = f"{words.number(usage.shared_allowance)} are covered by what others of its pool left unused."
        yield Why("shared_allowance", says, "POO-2")
    if usage.own_allowance or usage.shared_allowance:
        left = usage.used - usage.own_allowance - usage.shared_allowance
        says = f"{words.number(left)} are left to be charged." if left else "Nothing is left to be charged."
        yield Why("billable", says, "POO-3")


def _model(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    return _MODELS[price.model](price, quantity, words)


def _flat(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    says = f"{words.money(price.flat_amount)}, whatever the quantity."
    yield Why("flat", says, "CAT-2", AddsTo.GROSS, price.flat_amount)


def _per_unit(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    yield _times(quantity, price.unit_amount, "units", "", words)


def _graduated(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    below = _NOTHING
    for number, tier in enumerate(price.tiers, 1):
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        until = "no upper limit" if tier.up_to is None else f"up to {words.number(tier.up_to)}"
        yield _times(top - below, tier.unit_amount, "tier", f"Tier {number}, {until}: ", words)
        if tier.flat_amount:
            says = f"Tier {number} is entered: {words.money(tier.flat_amount)} more."
            yield Why("tier_flat", says, "CAT-2", AddsTo.GROSS, tier.flat_amount)
        below = top
    if not quantity:
        yield Why("units", "No units cost nothing.", "CAT-2", AddsTo.GROSS, _NOTHING)


def _volume(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    if not quantity:
        yield Why("units", "No units cost nothing.", "CAT-2", AddsTo.GROSS, _NOTHING)
        return
    tier = tier_of(price, quantity)
    number = price.tiers.index(tier) + 1
    until = "no upper limit" if tier.up_to is None else f"up to {words.number(tier.up_to)}"
    yield _times(quantity, tier.unit_amount, "tier", f"All units fall in tier {number}, {until}: ", words)
    if tier.flat_amount:
        says = f"Tier {number} costs {words.money(tier.flat_amount)} more."
        yield Why("tier_flat", says, "CAT-2", AddsTo.GROSS, tier.flat_amount)


def _package(price: Price, quantity: Decimal, words: Words) -> Iterator[Why]:
    amount = amount_for(price, quantity)
    packages = amount / price.unit_amount if price.unit_amount else _NOTHING
    size = words.number(price.package_size or _NOTHING)
    says = f"{words.number(quantity)} units start {words.number(packages)} packages of {size}: "
    says += f"{words.number(packages)} × {words.money(price.unit_amount)} = {words.money(amount)}."
    yield Why("packages", says, "CAT-2", AddsTo.GROSS, amount)


def _times(quantity: Decimal, each: Decimal, what: str, before: str, words: Words) -> Why:
    amount = quantity * each
    says = f"{before}{words.number(quantity)} × {words.money(each)} = {words.money(amount)}."
    return Why(what, says, "CAT-2", AddsTo.GROSS, amount)


_MODELS: dict[PriceModel, Callable[[Price, Decimal, Words], Iterator[Why]]] = {
    PriceModel.FLAT: _flat,
    PriceModel.PER_UNIT: _per_unit,
    PriceModel.GRADUATED: _graduated,
    PriceModel.VOLUME: _volume,
    PriceModel.PACKAGE: _package,
}

_MODEL_IN_WORDS = {
    PriceModel.FLAT: "a flat amount",
    PriceModel.PER_UNIT: "an amount per unit",
    PriceModel.GRADUATED: "each tier's units at that tier's price",
    PriceModel.VOLUME: "all units at the price of the tier that their number falls in",
    PriceModel.PACKAGE: "an amount per package started",
}


def _price_in_words(price: Price, agreed: date | None, words: Words) -> str:
    rhythm = "" if price.type is PriceType.ONE_TIME else f", {_every(price.interval)}"
    timing = ""
    if price.type is PriceType.RECURRING:
        timing = " in advance" if is_in_advance(price) else " in arrears"
    since = f", agreed from {words.day(agreed)} on" if agreed else ""
    return f"The price of {price.product.name}: {_MODEL_IN_WORDS[price.model]}{rhythm}{timing}{since}."


def _every(interval: Interval) -> str:
    unit = str(interval.unit)
    return f"every {unit}" if interval.count == 1 else f"every {interval.count} {unit}s"


def _days(period: Period, words: Words) -> str:
    last = date.fromordinal(period.end.toordinal() - 1)
    return f"{words.day(period.start)} to {words.day(last)}"


def _discounts(line: Said, words: Words) -> Iterator[Why]:
    left, corrects = line.gross, line.kind is LineKind.CORRECTION
    for one in line.discounts:
        amount = words.money(one.amount)
        if corrects:
            says = f"Discount of {one.name}: what it is on what is left, less what was taken so far: {amount}."
            rule = "SUB-6"
        elif one.percent is not None:
            says, rule = f"Discount: {words.number(one.percent)} % of {words.money(left)} = {amount}.", "DIS-1"
        else:
            says, rule = f"Discount: of {one.name} off, the share of this line is {amount}.", "DIS-4"
        yield Why("discount", says, rule, AddsTo.DISCOUNT, -one.amount)
        left -= one.amount


def _taxes(line: Said, basis: Basis, words: Words) -> Iterator[Why]:
    if line.reverse_charge:
        yield Why("reverse_charge", "No VAT: the customer accounts for it.", "TAX-3")
    elif not line.taxes:
        yield Why("no_tax", "No tax applies.", "TAX-1")
    for one in line.taxes:
        says, rule = _tax_in_words(one, line, basis.rounding, words)
        yield Why("tax", says, rule, AddsTo.TAX, one.amount)


def _tax_in_words(one: TaxTaken, line: Said, rounding: TaxRounding, words: Words) -> tuple[str, str]:
    tax = one.name if words.number(one.percent) in one.name else f"{one.name} {words.number(one.percent)} %"
    if line.kind is LineKind.CORRECTION:
        says = f"{tax}: what it is on what is left, less what was charged so far: {words.money(one.amount)}."
        return says, "SUB-6"
    on = f"{tax} of {words.money(line.net)}"
    if rounding is TaxRounding.DOCUMENT:
        split = "rounded on the sum of the invoice's lines and split over them"
        return f"{on}, {split}: {words.money(one.amount)}.", "TAX-4"
    if one.amount != percent_of(line.net, one.percent, line.currency):
        return f"{on}: {words.money(one.amount)}.", "TAX-1"
    return f"{on}, rounded for this line: {words.money(one.amount)}.", "TAX-4"
