"""The full periods of an item, the parts in which it is served at one price, and when they are due."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from banyan.verification.second_opinion.facts import NOTHING, Item, Period, Price

DAY = timedelta(days=1)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Part:
    """Days of a full period with one price (and quantity, but for usage). `served` are those that are charged for: all
    of them, but those of usage on which the item was paused. `units` are what the price is asked for, `shown` what of
    it is this part's; `taken` of usage is its share of what was used, and of the own and shared allowance for it.
    """

    start: date
    end: date
    period: Period
    price: Price
    quantity: Fraction
    served: list[date]
    due: date = date.max
    rhythm: date = date.min
    exact: Fraction = NOTHING
    units: Fraction = NOTHING
    shown: Fraction = NOTHING
    taken: tuple[Fraction, Fraction, Fraction] | None = None
    charged: Fraction = NOTHING
    covered: bool = False

    @property
    def service_day(self) -> date:
        """DAT-3."""
        return self.start if self.price.advance or self.price.type == "one_time" else self.end - DAY


Parts = dict[Period, list[Part]]


def boundary(anchor: date, interval: tuple[str, int], number: int) -> date:
    """The start of a period, counted from the anchor; a day that a month lacks is its last day (SUB-2)."""
    unit, count = interval
    if unit == "day":
        return anchor + timedelta(days=count * number)
    month = anchor.year * 12 + anchor.month - 1 + count * number
    first_of_next = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(month // 12, month % 12 + 1, min(anchor.day, (first_of_next - DAY).day))


@lru_cache(maxsize=100_000)
def full_period(anchor: date, interval: tuple[str, int], day: date) -> Period:
    """The period that a day is in."""
    number = 0 if interval[0] == "day" else (day.year - anchor.year) * 12 // interval[1]
    if interval[0] == "day":
        number = (day - anchor).days // interval[1]
    while boundary(anchor, interval, number) > day:
        number -= 1
    while boundary(anchor, interval, number + 1) <= day:
        number += 1
    return boundary(anchor, interval, number), boundary(anchor, interval, number + 1)


def in_force(item: Item, day: date) -> tuple[Price, Fraction] | None:
    """Price and quantity on a day; None where it isn't charged for."""
    if item.closed is not None and item.closed <= day:
        return None
    if day < item.start or any(first <= day and (end is None or day < end) for first, end in item.pauses):
        return None
    if item.end is None or day < item.end:
        return _since(item.prices, day), _since(item.quantities, day)
    if item.keep is None or day >= item.keep:
        return None
    last = max(item.start, item.end - DAY)
    price = _since(item.prices, last)
    return (price, _since(item.quantities, last)) if price.advance else None


def _since(agreed: list[tuple[date, T]], day: date) -> T:
    return next((what for since, what in reversed(agreed) if since <= day), agreed[0][1])


def anchor_on(item: Item, day: date) -> date:
    """The day from which the period that a day is in steps."""
    return next(anchor for until, anchor in item.anchors if until is None or day < until)


def cycle_on(item: Item, day: date) -> int:
    """The bill cycle that the item's account had on a day."""
    return next(cycle for until, cycle in item.cycles if until is None or day < until)


def slot_of(item: Item, price: Price, start: date) -> Period:
    """The full period that a line which begins on a day is for."""
    if price.type == "one_time":
        return start, start + DAY
    return full_period(anchor_on(item, start), price.interval, start)


def parts_of(item: Item, until: date) -> Parts:
    """Every full period that begins up to a day, with its parts."""
    if item.prices[0][1].type == "one_time":
        terms = in_force(item, item.start)
        if terms is None:
            return {}
        period = (item.start, item.start + DAY)
        return {period: [Part(*period, period, *terms, served=[item.start], due=item.start)]}
    parts = _parts(item, until)
    in_order = sorted((part for of_period in parts.values() for part in of_period), key=lambda part: part.start)
    _set_rhythms(in_order)
    for period, of_period in parts.items():
        for part in of_period:
            part.due = _due(part, period, of_period)
    for before, part in pairwise(in_order):
        part.due = max(before.due, part.due)
    return parts


def _parts(item: Item, until: date) -> Parts:
    parts: Parts = {}
    last: Part | None = None
    day, end = item.start, _long_after(item, until)
    if item.end is not None:
        end = min(end, max(item.end, item.keep or item.end))
    while day < end:
        terms = in_force(item, day)
        if terms is not None:
            price, quantity = terms
            period = full_period(anchor_on(item, day), price.interval, day)
            if last is not None and last.period == period and _belongs_to(last, price, quantity, day):
                last.end = day + DAY
                last.served.append(day)
            else:
                last = Part(day, day + DAY, period, price, quantity, [day])
                parts.setdefault(period, []).append(last)
        day += DAY
    return parts


def _belongs_to(part: Part, price: Price, quantity: Fraction, day: date) -> bool:
    """Of usage the quantity says nothing, and a pause is no cut."""
    if price.type == "usage":
        return part.price.id == price.id
    return (part.price.id, part.quantity, part.end) == (price.id, quantity, day)


def _long_after(item: Item, day: date) -> date:
    """A day that no period which is under way on the given one reaches."""
    longest = max(count * (1 if unit == "day" else 31) for unit, count in (price.interval for _, price in item.prices))
    return max(day, item.start) + longest * 2 * DAY


def _set_rhythms(in_order: list[Part]) -> None:
    """Neighbours of one interval and timing share a rhythm, named by its first day; a pause ends it, and so does
    another bill cycle where its periods are other ones.
    """
    before: Part | None = None
    for part in in_order:
        part.rhythm = part.start
        if before is not None and before.end == part.start and _goes_on(before, part):
            part.rhythm = before.rhythm
        before = part


def _goes_on(before: Part, part: Part) -> bool:
    alike = (before.price.interval, before.price.advance) == (part.price.interval, part.price.advance)
    return alike and (before.period == part.period or before.period[1] == part.period[0])


def _due(part: Part, period: Period, of_period: list[Part]) -> date:
    """SUB-4: what recurs in advance on the first, in arrears after the last of the parts that share its rhythm; usage
    after the last of the period, or at its end if a price is pooled."""
    if part.price.type == "usage":
        usage = [other for other in of_period if other.price.type == "usage"]
        return period[1] if any(other.price.pooled for other in usage) else max(other.end for other in usage)
    alike = [other for other in of_period if other.rhythm == part.rhythm]
    return min(other.start for other in alike) if part.price.advance else max(other.end for other in alike)
