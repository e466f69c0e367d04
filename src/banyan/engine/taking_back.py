"""What a correction takes along of the discounts and taxes of the line that it corrects (SUB-6).

They are worked out anew on what the line stands at after the correction, and what the line and its earlier corrections
took is subtracted. So taking a line back, at once or in any number of steps, comes to exactly minus what was billed.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from banyan.engine.facts import BilledLine, DiscountTaken, TaxTaken
from banyan.engine.result import Draft, Taken
from banyan.kernel.money import percent_of, round_amount

_NOTHING = Decimal(0)
Entry = TypeVar("Entry", DiscountTaken, TaxTaken)


def taken_along(draft: Draft, currency: str) -> Taken:
    """The discounts and taxes of a correction. ValueError for a draft that corrects nothing."""
    if draft.corrects is None:
        raise ValueError("Only a correction takes along the discounts and taxes of another line.")
    gross, standing = draft.charged.gross, draft.standing
    left = sum((line.gross for line in standing), gross)
    discounts_now = discounts_on(draft.corrects, left, currency)
    net = left - sum((one.amount for one in discounts_now), _NOTHING)
    taxes_now = taxes_on(draft.corrects, left, net, currency)
    discounts = _less(discounts_now, (one for line in standing for one in line.discounts))
    taxes = _less(taxes_now, (one for line in standing for one in line.taxes))
    discount = sum((one.amount for one in discounts), _NOTHING)
    return Taken(discount, discounts, gross - discount, sum((one.amount for one in taxes), _NOTHING), taxes)


def discounts_on(line: BilledLine, left: Decimal, currency: str) -> tuple[DiscountTaken, ...]:
    """The discounts of a billed line if `left` were its gross: its percentages, and its share of fixed amounts in
    proportion. A fixed amount does not grow when more is charged.
    """
    if left == line.gross:
        return line.discounts
    if not left:
        return ()
    found = []
    rest = left
    for one in line.discounts:
        if one.percent is not None:
            amount = percent_of(rest, one.percent, currency)
        else:
            amount = min(rest, round_amount(one.amount * min(left, line.gross) / line.gross, currency))
        rest -= amount
        found.append(DiscountTaken(one.name, one.percent, amount, one.discount_id))
    return tuple(found)


def taxes_on(line: BilledLine, left: Decimal, net: Decimal, currency: str) -> tuple[TaxTaken, ...]:
    """The taxes of a billed line if `left` were its gross and `net` its net."""
    if left == line.gross:
        return line.taxes
    if not left:
        return ()
    return tuple(TaxTaken(one.name, one.percent, percent_of(net, one.percent, currency)) for one in line.taxes)


def _less(now: Iterable[Entry], taken: Iterable[Entry]) -> tuple[Entry, ...]:
    """What there should be less what was taken, entry by entry; of several alike the first has all that was taken."""
    before: dict[tuple[object, ...], Entry] = {}
    for one in taken:
        key = _key(one)
        before[key] = replace(one, amount=one.amount + before[key].amount) if key in before else one
    rest: list[Entry] = []
    for one in now:
        had = before.pop(_key(one), None)
        rest.append(one if had is None else replace(one, amount=one.amount - had.amount))
    gone: list[Entry] = [replace(one, amount=-one.amount) for one in before.values()]
    return tuple(rest + gone)


def _key(entry: DiscountTaken | TaxTaken) -> tuple[object, ...]:
    return entry.name, entry.percent, getattr(entry, "discount_id", None)
