"""Days, intervals, periods (SUB-2) and billing dates (CYC-1). A period is [start, end): its end is the first day
after it.
"""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import count, takewhile
from typing import overload

from banyan.kernel.frozen import frozen


class Unit(StrEnum):
    """The unit of an interval."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


LAST_DAY = date.max - timedelta(days=1)
"""The last day that has a day after it."""

_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}


@frozen
class Interval:
    """A number of units: one month, two weeks."""

    unit: Unit
    count: int


@frozen(order=True)
class Period:
    """The days from `start` up to, but not including, `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def add_months(day: date, months: int) -> date:
    """`day` so many months later; a day that the month lacks becomes its last day (31 Jan + 1 month = 28 Feb)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def step(anchor: date, interval: Interval, steps: int) -> date:
    """The start of period number `steps`, always counted from the anchor, so that 31 Jan, 28 Feb, 31 Mar (SUB-2)."""
    if interval.unit in _MONTHS:
        return add_months(anchor, _MONTHS[interval.unit] * interval.count * steps)
    return anchor + timedelta(days=_DAYS[interval.unit] * interval.count * steps)


def period_number(anchor: date, interval: Interval, day: date) -> int:
    """The number of the period that `day` falls in; negative before the anchor."""
    if interval.unit in _DAYS:
        return (day - anchor).days // (_DAYS[interval.unit] * interval.count)
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = months // (_MONTHS[interval.unit] * interval.count)
    return number if step(anchor, interval, number) <= day else number - 1


@lru_cache(maxsize=16384)
def period_at(anchor: date, interval: Interval, day: date) -> Period:
    """The full period that `day` falls in."""
    number = period_number(anchor, interval, day)
    return Period(step(anchor, interval, number), step(anchor, interval, number + 1))


class Frequency(StrEnum):
    """How often a bill cycle has a billing date (CYC-1)."""

    DAILY = "daily"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"


_CYCLE_INTERVALS = {
    Frequency.DAILY: Interval(Unit.DAY, 1),
    Frequency.WEEKLY: Interval(Unit.WEEK, 1),
    Frequency.BIWEEKLY: Interval(Unit.WEEK, 2),
    Frequency.MONTHLY: Interval(Unit.MONTH, 1),
    Frequency.QUARTERLY: Interval(Unit.QUARTER, 1),
    Frequency.ANNUAL: Interval(Unit.YEAR, 1),
}


def billing_date(start: date, frequency: Frequency, number: int) -> date:
    """Billing date `number` of a cycle, counted from its start date, which is number 0.

    Semimonthly dates are the start date's day of the month and the day 15 later, or 15 earlier where 15 later is beyond
    the 31st: 1 and 16, 10 and 25, 15 and 30, 20 and 5, 31 and 16. A day that a month lacks becomes its last day.
    """
    if frequency is not Frequency.SEMIMONTHLY:
        return step(start, _CYCLE_INTERVALS[frequency], number)
    months, odd = divmod(number, 2)
    if not odd:
        return add_months(start, months)
    if start.day <= 15:
        return _on_day(add_months(start, months), start.day + 15)
    return _on_day(add_months(start, months + 1), start.day - 15)


def _on_day(month: date, day: int) -> date:
    """That day of the month that the date lies in, or the month's last day if it lacks it."""
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def billing_dates(start: date, frequency: Frequency, until: date) -> Iterator[date]:
    """Every billing date of a cycle from its start up to and including `until`."""
    return takewhile(lambda day: day <= until, (billing_date(start, frequency, number) for number in count()))


def next_billing_date(start: date, frequency: Frequency, day: date) -> date:
    """The first billing date on or after `day`."""
    number = _number_before(start, frequency, day)
    while billing_date(start, frequency, number) < day:
        number += 1
    return billing_date(start, frequency, number)


def is_billing_date(start: date, frequency: Frequency, day: date) -> bool:
    """Whether a run for `day` is possible."""
    return day >= start and next_billing_date(start, frequency, day) == day


def _number_before(start: date, frequency: Frequency, day: date) -> int:
    """The number of a billing date on or shortly before `day`; 0 for a day before the start."""
    if frequency is Frequency.SEMIMONTHLY:
        return max(0, 2 * period_number(start, _CYCLE_INTERVALS[Frequency.MONTHLY], day))
    return max(0, period_number(start, _CYCLE_INTERVALS[frequency], day))


@overload
def last_day(ends_before: date) -> date: ...
@overload
def last_day(ends_before: None) -> None: ...
@overload
def last_day(ends_before: date | None) -> date | None: ...
def last_day(ends_before: date | None) -> date | None:
    """DAT-1: the last day of what is over on the day that is given; None for what has no end."""
    return None if ends_before is None else ends_before - timedelta(days=1)


@overload
def day_after(end_date: date) -> date: ...
@overload
def day_after(end_date: None) -> None: ...
@overload
def day_after(end_date: date | None) -> date | None: ...
def day_after(end_date: date | None) -> date | None:
    """DAT-1: the first day of what follows a last day; None for what has no end."""
    return None if end_date is None else min(end_date, LAST_DAY) + timedelta(days=1)
