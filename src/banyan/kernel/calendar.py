"""Days, intervals and periods (SUB-2). A period is [start, end): its end is the first day after it."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Unit(StrEnum):
    """The unit of an interval."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Interval:
    """A number of units: one month, two weeks."""

    unit: Unit
    count: int


@dataclass(frozen=True, slots=True, order=True)
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


def period_at(anchor: date, interval: Interval, day: date) -> Period:
    """The full period that `day` falls in."""
    number = period_number(anchor, interval, day)
    return Period(step(anchor, interval, number), step(anchor, interval, number + 1))
