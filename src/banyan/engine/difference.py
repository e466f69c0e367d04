"""What an item should have cost − what was billed for it (SUB-5, SUB-6).

An unchanged item owes what begins where it was billed until; nothing of the past is looked at. A changed one is
compared with its billed lines, full period by full period: each line with what is proposed for its days.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from banyan.engine.drafts import correction, first_billing
from banyan.engine.facts import BilledLine, Course, Item, LineKind, Price, PriceType
from banyan.engine.payer import who_pays_correction
from banyan.engine.periods import Segment, anchor_on, due_segments, first_open_day, full_period, goes_on, open_segments
from banyan.engine.rating import RatedSegment, due_alike, due_of, is_shown
from banyan.engine.result import Draft, Payer
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen
from banyan.kernel.money import minor_unit
from banyan.kernel.splitting import round_together

_FINEST_QUANTITY = Decimal(1).scaleb(-12)
Rate = Callable[[int, Sequence[Segment]], Sequence[RatedSegment]]


@frozen
class Owed:
    """What is still to be billed for an item, whoever pays, and until when it is billed after that. `payer` pays for
    it today.

    `waits`: the comparison with what was billed has to wait, as part of a billed period is not due yet, or the item
    waits altogether. `in_part`: of the last period only one part is billed, as the next is not due yet.
    """

    item: Item
    payer: Payer
    drafts: list[Draft]
    billed_until: date | None
    waits: bool
    in_part: bool


def owed_for(item: Item, payer: Payer, billing_date: date, rate: Rate, billed: Iterable[BilledLine]) -> Owed:
    """What an item owes on a billing date; `payer` is who pays for it today, `billed` its live lines, if it has
    changed. One that waits owes nothing, and stays as it is (ACC-3).
    """
    if item.course.changed_from is None:
        return _new_periods(item, payer, billing_date, rate)
    if item.course.waits:
        return Owed(item, payer, [], item.course.billed_until, True, False)
    return _difference(item, payer, billing_date, rate, billed)


def _new_periods(item: Item, payer: Payer, billing_date: date, rate: Rate) -> Owed:
    course = item.course
    due = due_alike(course, billing_date) or due_of(course, rate(item.id, due_segments(course, billing_date)))
    drafts = [first_billing(item, charged, payer) for charged in due.charged]
    return Owed(item, payer, drafts, due.billed_until, False, due.in_part)


def _difference(item: Item, payer: Payer, billing_date: date, rate: Rate, billed: Iterable[BilledLine]) -> Owed:
    since = first_open_day(item.course)
    lines_of: defaultdict[Period, list[BilledLine]] = defaultdict(list)
    slots: dict[int, Period] = {}
    numbers = _Numbers()
    for line in billed:
        numbers.take(line.period.start, line.correction)
        period = slots[line.id] = slots.get(line.corrects or 0) or _slot(item.course, line)
        if period.end > since:
            lines_of[period].append(line)
    horizon = max((period.end for period in lines_of), default=date.min)
    due, not_due = _split_by_date(item.course, billing_date, horizon)
    rated_of: defaultdict[Period, list[RatedSegment]] = defaultdict(list)
    for rated in rate(item.id, due):
        rated_of[rated.segment.period].append(rated)
    waiting = {segment.period for segment in not_due} & lines_of.keys()
    drafts = [
        draft
        for period in sorted(rated_of.keys() | lines_of.keys())
        if period not in waiting
        for draft in _period_difference(item, payer, rated_of[period], lines_of[period], numbers)
    ]
    in_part = bool(due) and goes_on(item.course, due[-1])
    return Owed(item, payer, drafts, _reach(item.course, due, not_due), bool(waiting), in_part)


def _slot(course: Course, line: BilledLine) -> Period:
    """The full period that a line is for; a correction is for that of the line it corrects."""
    return full_period(line.price, anchor_on(course, line.period.start), line.period.start)


def _split_by_date(course: Course, billing_date: date, horizon: date) -> tuple[list[Segment], list[Segment]]:
    """The segments that are due, and those that are not: the next one and all that begin before the horizon."""
    due: list[Segment] = []
    not_due: list[Segment] = []
    for segment in open_segments(course):
        if segment.charge_date <= billing_date:
            due.append(segment)
        elif segment.part.start < horizon or not not_due:
            not_due.append(segment)
        else:
            break
    return due, not_due


def _reach(course: Course, due: Sequence[Segment], not_due: Sequence[Segment]) -> date | None:
    """Until when the item is billed: up to the first segment that is not due."""
    if not_due:
        return not_due[0].part.start if due or course.billed_until else None
    if due and (course.billed_until is None or course.billed_until < due[-1].part.end):
        return due[-1].part.end
    return course.billed_until


def _period_difference(
    item: Item, payer: Payer, proposed: Sequence[RatedSegment], lines: Sequence[BilledLine], numbers: "_Numbers"
) -> list[Draft]:
    """What has to be billed so that the lines of one full period add up to what it should have cost.

    What is proposed for days that were billed corrects the lines of these days, the rest is billed for the first time;
    all of it is rounded together (MON-3), and a line that stands rightly rounded keeps its cent. A correction of a line
    that is void is taken back from whoever got it, whatever takes the place of that line.
    """
    originals = sorted((line for line in lines if line.kind is not LineKind.CORRECTION), key=lambda line: line.period)
    corrections = [line for line in lines if line.kind is LineKind.CORRECTION]
    live = {line.id for line in originals}
    taken_back = [line for line in corrections if line.corrects not in live]
    if not originals and not proposed:
        return _reversed(item, payer, taken_back, numbers)
    replacing = {line.id: list[_Replacing]() for line in originals}
    new = []
    for rated in proposed:
        shares = _shares_of_lines(rated, originals)
        for line, share in shares:
            replacing[line.id].append(share)
        if not shares:
            new.append(rated)
    standing = {line.id: (line, *(one for one in corrections if one.corrects == line.id)) for line in originals}
    stands = [sum((one.gross for one in standing[line.id]), Decimal(0)) for line in originals]
    amounts = round_together(
        [
            *(sum((share.exact for share in replacing[line.id]), Fraction(0)) for line in originals),
            *(rated.exact for rated in new),
        ],
        minor_unit((originals[0].price if originals else new[0].segment.terms.price).currency),
        [*stands, *(None for _ in new)],
    )
    corrected, first_billed = amounts[: len(originals)], amounts[len(originals) :]
    return [
        *_reversed(item, payer, taken_back, numbers),
        *(
            _corrected(item, payer, replacing[line.id], standing[line.id], amount - stand, numbers)
            for line, amount, stand in zip(originals, corrected, stands, strict=True)
            if amount != stand
        ),
        *(
            first_billing(item, charged, payer, numbers.next(charged.period.start, 0))
            for rated, charged in (
                (one, replace(one.charged, gross=gross)) for one, gross in zip(new, first_billed, strict=True)
            )
            if is_shown(charged, rated.segment.terms.price)
        ),
    ]


@frozen
class _Replacing:
    """What takes the place of a billed line on some of its days: the days, their exact amount and quantity."""

    rated: RatedSegment
    days: Period
    exact: Fraction
    quantity: Decimal


def _shares_of_lines(rated: RatedSegment, originals: Sequence[BilledLine]) -> list[tuple[BilledLine, _Replacing]]:
    """What is proposed, divided by days among the lines that it shares days with; nothing if there are none. Days that
    none of them has go to the line before, or to the first one.
    """
    part = rated.segment.part
    touched = [line for line in originals if line.period.start < part.end and part.start < line.period.end]
    if not touched:
        return []
    cuts = [part.start, *(line.period.start for line in touched[1:]), part.end]
    shares = []
    for line, (start, end) in zip(touched, pairwise(cuts), strict=True):
        days = Period(start, end)
        exact, quantity = rated.exact, rated.charged.quantity
        if len(touched) > 1:
            exact = exact * days.days / part.days
            quantity = (quantity * days.days / part.days).quantize(_FINEST_QUANTITY) if _is_usage(line) else quantity
        shares.append((line, _Replacing(rated, days, exact, quantity)))
    return shares


def _corrected(
    item: Item,
    payer: Payer,
    replacing: Sequence[_Replacing],
    standing: tuple[BilledLine, ...],
    gross: Decimal,
    numbers: "_Numbers",
) -> Draft:
    """The line that brings a billed line to what should stand in its place."""
    corrected = standing[0]
    changed = _changed_days(item.course, replacing, corrected)
    quantity = Decimal(1)
    if _is_usage(corrected):
        now = sum((share.quantity for share in replacing), Decimal(0))
        quantity = now - sum((line.quantity for line in standing), Decimal(0))
    period = changed or _days_since_change(item.course, corrected)
    number = numbers.next(period.start, 1)
    return correction(item, corrected, standing, period, quantity, gross, _payer_of(item, corrected, payer), number)


def _is_usage(line: BilledLine) -> bool:
    return line.price.type is PriceType.USAGE


def _reversed(item: Item, payer: Payer, corrections: Sequence[BilledLine], numbers: "_Numbers") -> list[Draft]:
    """Takes back corrections of a period whose first billing is void, one line for each account they went to."""
    by_account: defaultdict[int, list[BilledLine]] = defaultdict(list)
    for line in corrections:
        by_account[line.invoiced_account_id].append(line)
    drafts = []
    for lines in by_account.values():
        last = lines[-1]
        gross = -sum((line.gross for line in lines), Decimal(0))
        if gross:
            quantity = -sum((line.quantity for line in lines), Decimal(0)) if _is_usage(last) else Decimal(1)
            number = numbers.next(last.period.start, 1)
            of = _payer_of(item, last, payer)
            drafts.append(correction(item, last, tuple(lines), last.period, quantity, gross, of, number))
    return drafts


def _payer_of(item: Item, corrected: BilledLine, payer: Payer) -> Payer:
    """Whoever was invoiced for the corrected line, unless that account is inactive: then who pays today (SUB-6)."""
    if corrected.invoiced_account_inactive or corrected.invoiced_account_id == payer.account_id:
        return payer
    return who_pays_correction(item.account_id, corrected.invoiced_account_id)


def _changed_days(course: Course, replacing: Sequence[_Replacing], original: BilledLine) -> Period | None:
    """The days from the change on whose price or quantity is another than first billed; None if only amounts differ."""
    now = [
        (share.days, _what(share.rated.segment.terms.price, share.rated.segment.terms.quantity)) for share in replacing
    ]
    then = [(original.period, _what(original.price, original.quantity))]
    parts = [part for part, _ in now + then]
    first, last = min(part.start for part in parts), max(part.end for part in parts)
    changed_from = max(first, min(last, course.changed_from or first))
    days = sorted({day for part in parts for day in (part.start, part.end)} | {changed_from})
    differing = [
        Period(start, end)
        for start, end in pairwise(days)
        if start >= changed_from and _in_force(now, start) != _in_force(then, start)
    ]
    return Period(differing[0].start, differing[-1].end) if differing else None


def _days_since_change(course: Course, corrected: BilledLine) -> Period:
    """What a change that undoes an earlier one is about; for usage the whole period, as that is what is counted."""
    period = corrected.period
    is_usage = corrected.price.type is PriceType.USAGE
    if is_usage or course.changed_from is None or not period.start < course.changed_from < period.end:
        return period
    return Period(course.changed_from, period.end)


def _what(price: Price, quantity: Decimal) -> tuple[int, Decimal | None]:
    """What a person would say changed: the price or the quantity, but not how much was used."""
    return price.id, None if price.type is PriceType.USAGE else quantity


def _in_force(
    parts: Iterable[tuple[Period, tuple[int, Decimal | None]]], day: date
) -> tuple[int, Decimal | None] | None:
    return next((what for part, what in parts if part.start <= day < part.end), None)


class _Numbers:
    """The correction numbers that are free: one for each line of an item with the same period start (SUB-5)."""

    def __init__(self) -> None:
        self._highest: dict[date, int] = {}

    def take(self, start: date, number: int) -> None:
        self._highest[start] = max(number, self._highest.get(start, number))

    def next(self, start: date, least: int) -> int:
        """The next number for a line that starts on that day, at least `least`."""
        number = max(least, self._highest.get(start, -1) + 1)
        self.take(start, number)
        return number
