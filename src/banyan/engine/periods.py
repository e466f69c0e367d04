"""The periods of a subscription item, the parts of them that it is in force with one price and quantity, and when each
is due.

An item's periods step from its anchor by the price's interval (SUB-2). Where price or quantity change in the middle of
a period, the period falls into segments; where they are written anew and stay the same, it does not (SUB-8, SUB-10). A
period is due as a whole (SUB-4): its segments are charged together, in advance on the first day that the item is in
it, in arrears on the day after the last. Days between that are not served separate what recurs, and not usage: that is
counted over the whole period.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise, takewhile
from operator import itemgetter

from banyan.engine.facts import Course, Pause, Price, PriceType, Terms, Timing
from banyan.kernel.calendar import Interval, Period, period_at
from banyan.kernel.frozen import frozen

_ONE_DAY = timedelta(days=1)


@frozen
class Segment:
    """The part of a full period in which the same terms are in force, and the day on which it is charged.

    `served` are the days of the part: it, or for usage what is left of it between pauses.
    """

    period: Period
    part: Period
    terms: Terms
    charge_date: date
    served: tuple[Period, ...]

    @property
    def days(self) -> int:
        return sum(days.days for days in self.served)


@frozen
class _Stretch:
    """The days on which terms are in force, with periods that step from one anchor."""

    terms: Terms
    start: date
    end: date
    anchor: date


def segments(course: Course, start: date, since: date) -> Iterator[Segment]:
    """The segments of the item's life from day `start` on that lie in full periods ending after `since`, in order of
    time.

    Endless for an item without an end. Charges come in order of time: none before the one that it follows.
    """
    charge_date = date.min
    rhythms = _by_rhythm(_stretches(course, start))
    for place, alike in enumerate(rhythms):
        in_time = ((period, stretch) for stretch in alike for period in _periods(course, stretch, since))
        for period, found in groupby(in_time, key=itemgetter(0)):
            parts = _parts(period, [stretch for _, stretch in found])
            charge_date = max(charge_date, _charge_date(period, parts, rhythms[place + 1 :]))
            for terms, served in parts:
                yield Segment(period, Period(served[0].start, served[-1].end), terms, charge_date, tuple(served))


def due_segments(course: Course, billing_date: date) -> list[Segment]:
    """What the item is charged for up to a billing date and may not have been billed.

    Of an unchanged item only what begins at `billed_until`. Of a changed one the whole of every period that ends after
    the change, to be compared with what was billed (SUB-5). Usage has to be known for the `part` of each usage segment
    here.
    """
    due = []
    for segment in open_segments(course):
        if segment.charge_date > billing_date:
            break
        due.append(segment)
    return due


def open_segments(course: Course) -> Iterator[Segment]:
    """The same without a billing date: due or not."""
    since = first_open_day(course)
    return segments(course, since if course.changed_from is None else course.start, since)


def goes_on(course: Course, segment: Segment) -> bool:
    """Whether the period of a segment has another part after it."""
    if segment.part.end >= segment.period.end:
        return False
    following = segments(course, segment.part.end, segment.part.end)
    in_period = takewhile(lambda found: found.part.start < segment.period.end, following)
    return any(found.period == segment.period for found in in_period)


def first_open_day(course: Course) -> date:
    """The first day whose charges are not known to be billed."""
    unbilled = course.start if course.billed_until is None else course.billed_until
    return unbilled if course.changed_from is None else min(unbilled, course.changed_from)


def full_period(price: Price, anchor: date, day: date) -> Period:
    """The whole period of a price that a day falls in. A one-time price has one period: the day it is charged on."""
    if price.type is PriceType.ONE_TIME:
        return Period(day, day + _ONE_DAY)
    return period_at(anchor, price.interval, day)


def is_in_advance(price: Price) -> bool:
    """Usage is always charged in arrears (USE-2)."""
    return price.timing is Timing.IN_ADVANCE and price.type is PriceType.RECURRING


def _by_rhythm(stretches: list[_Stretch]) -> list[list[_Stretch]]:
    """Neighbours with the same rhythm together, unless what recurs pauses between them: they share their periods."""
    if len(stretches) < 2:
        return [stretches] if stretches else []
    groups = [[stretches[0]]]
    for before, stretch in pairwise(stretches):
        goes_on = before.end == stretch.start or _is_usage(stretch.terms)
        if goes_on and _rhythm(before) == _rhythm(stretch):
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    return groups


def _rhythm(stretch: _Stretch) -> tuple[PriceType, Interval, Timing, date]:
    price = stretch.terms.price
    return price.type, price.interval, price.timing, stretch.anchor


def _is_usage(terms: Terms) -> bool:
    return terms.price.type is PriceType.USAGE


def _agreed(terms: tuple[Terms, ...]) -> tuple[Terms, ...]:
    """The terms without those that repeat what holds already (SUB-8); of usage only the price matters."""
    if len(terms) == 1:
        return terms
    changes = [terms[0]]
    for after in terms[1:]:
        before = changes[-1]
        if after.price != before.price or (after.quantity != before.quantity and not _is_usage(after)):
            changes.append(after)
    return tuple(changes)


def _stretches(course: Course, start: date) -> list[_Stretch]:
    """The terms one after the other, with the days from `start` on that they are in force while the item is."""
    begin = max(start, course.start)
    last = course.end or date.max
    agreed = _agreed(course.terms)
    replaced_on = [*(terms.since for terms in agreed[1:]), date.max]
    stretches = []
    for terms, replaced in zip(agreed, replaced_on, strict=True):
        end = min(replaced, last)
        if replaced >= last and (terms.since < last or terms is agreed[0]):
            end = _kept(course, terms, end)
        if max(terms.since, begin) < end:
            stretches += _anchored(course, terms, max(terms.since, begin), end)
    if not course.pauses:
        return stretches
    return [part for stretch in stretches for part in _served(stretch, course.pauses)]


def _served(stretch: _Stretch, pauses: Iterable[Pause]) -> Iterator[_Stretch]:
    """What is left of a stretch between the pauses (ACC-3)."""
    start = stretch.start
    for pause in pauses:
        if start < min(pause.start, stretch.end):
            yield replace(stretch, start=start, end=min(pause.start, stretch.end))
        start = max(start, pause.end or date.max)
    if start < stretch.end:
        yield replace(stretch, start=start)


def _anchored(course: Course, terms: Terms, start: date, end: date) -> list[_Stretch]:
    """Cut where the anchor changed, unless that leaves the period as it is (ACC-5)."""
    cut = []
    if terms.price.type is not PriceType.ONE_TIME:
        for earlier in course.earlier_anchors:
            following = anchor_on(course, earlier.until)
            periods = (period_at(anchor, terms.price.interval, earlier.until) for anchor in (earlier.anchor, following))
            if start < earlier.until < end and len(set(periods)) > 1:
                cut.append(_Stretch(terms, start, earlier.until, earlier.anchor))
                start = earlier.until
    return [*cut, _Stretch(terms, start, end, anchor_on(course, end - _ONE_DAY))]


def anchor_on(course: Course, day: date) -> date:
    """The day that the period in which `day` falls steps from."""
    return next((earlier.anchor for earlier in course.earlier_anchors if day < earlier.until), course.anchor)


def _kept(course: Course, terms: Terms, end: date) -> date:
    """The end of the last terms: later than the item's where a cancellation kept what was billed in advance (SUB-5)."""
    if course.keep_until is None or not is_in_advance(terms.price):
        return end
    return max(end, course.keep_until)


def _periods(course: Course, stretch: _Stretch, since: date) -> Iterator[Period]:
    """The full periods that a stretch has a part in and that end after `since`."""
    price = stretch.terms.price
    if price.type is PriceType.ONE_TIME:
        if stretch.start == course.start and stretch.start >= since:
            yield full_period(price, stretch.anchor, course.start)
        return
    period = period_at(stretch.anchor, price.interval, max(stretch.start, min(since, stretch.end - _ONE_DAY)))
    while period.start < stretch.end:
        if period.end > since:
            yield period
        period = period_at(stretch.anchor, price.interval, period.end)


def _parts(period: Period, stretches: Iterable[_Stretch]) -> list[tuple[Terms, list[Period]]]:
    """What of a period is served on which terms, in order of time; usage before and after a pause goes together."""
    parts: list[tuple[Terms, list[Period]]] = []
    for stretch in stretches:
        days = _overlap(period, stretch)
        if parts and _is_usage(stretch.terms) and parts[-1][0].price.id == stretch.terms.price.id:
            parts[-1][1].append(days)
        else:
            parts.append((stretch.terms, [days]))
    return parts


def _charge_date(
    period: Period, parts: Sequence[tuple[Terms, Sequence[Period]]], later: Iterable[Sequence[_Stretch]]
) -> date:
    """SUB-4, for the parts of a period that are charged together.

    A pool is only known once its period is over, even for an item that ended earlier (POO-1). Usage that comes back to
    the period `later`, after another rhythm, is one with it (SUB-10).
    """
    price = parts[0][0].price
    if price.type is PriceType.ONE_TIME:
        return period.start
    if is_in_advance(price):
        return parts[0][1][0].start
    if any(terms.price.pooled for terms, _ in parts):
        return period.end
    end = parts[-1][1][-1].end
    if price.type is PriceType.USAGE:
        for alike in later:
            end = max(
                [end, *(_overlap(period, stretch).end for stretch in alike if _comes_back(stretch, price, period))]
            )
    return end


def _comes_back(stretch: _Stretch, price: Price, period: Period) -> bool:
    """Whether usage of a stretch lies in the same full period as that of an earlier price."""
    if not _is_usage(stretch.terms) or stretch.start >= period.end:
        return False
    return full_period(stretch.terms.price, stretch.anchor, stretch.start) == period


def _overlap(period: Period, stretch: _Stretch) -> Period:
    if stretch.terms.price.type is PriceType.ONE_TIME:
        return period
    if stretch.start <= period.start and period.end <= stretch.end:
        return period
    return Period(max(period.start, stretch.start), min(period.end, stretch.end))
