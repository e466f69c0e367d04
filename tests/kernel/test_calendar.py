"""Periods that step from an anchor, and the billing dates of a cycle."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.kernel.calendar import (
    Frequency,
    Interval,
    Period,
    Unit,
    billing_dates,
    is_billing_date,
    next_billing_date,
    period_at,
    period_number,
    step,
)

days = st.dates(date(1999, 1, 1), date(2101, 12, 31))
intervals = st.builds(Interval, st.sampled_from(list(Unit)), st.integers(1, 6))


@pytest.mark.rule("SUB-2")
def test_a_day_that_a_month_lacks_becomes_its_last_day_and_comes_back() -> None:
    month = Interval(Unit.MONTH, 1)
    assert [step(date(2026, 1, 31), month, number) for number in range(4)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert step(date(2024, 2, 29), Interval(Unit.YEAR, 1), 1) == date(2025, 2, 28)
    assert step(date(2024, 2, 29), Interval(Unit.YEAR, 1), 4) == date(2028, 2, 29)


@pytest.mark.rule("SUB-2")
@pytest.mark.parametrize(
    ("interval", "day", "period"),
    [
        (Interval(Unit.MONTH, 1), date(2026, 2, 27), (date(2026, 1, 31), date(2026, 2, 28))),
        (Interval(Unit.MONTH, 1), date(2026, 2, 28), (date(2026, 2, 28), date(2026, 3, 31))),
        (Interval(Unit.QUARTER, 1), date(2025, 12, 31), (date(2025, 10, 31), date(2026, 1, 31))),
        (Interval(Unit.WEEK, 2), date(2026, 2, 14), (date(2026, 2, 14), date(2026, 2, 28))),
        (Interval(Unit.DAY, 10), date(2026, 1, 30), (date(2026, 1, 21), date(2026, 1, 31))),
    ],
)
def test_the_full_period_of_a_day_before_or_after_the_anchor(
    interval: Interval, day: date, period: tuple[date, date]
) -> None:
    assert period_at(date(2026, 1, 31), interval, day) == Period(*period)


@pytest.mark.rule("SUB-2")
@given(anchor=days, interval=intervals, day=days)
def test_every_day_is_in_exactly_one_period(anchor: date, interval: Interval, day: date) -> None:
    period = period_at(anchor, interval, day)
    assert period.start <= day < period.end
    assert period_at(anchor, interval, period.end).start == period.end
    assert period_at(anchor, interval, period.start - timedelta(days=1)).end == period.start
    assert step(anchor, interval, period_number(anchor, interval, day)) == period.start


def _first(start: date, frequency: Frequency, number: int) -> list[date]:
    found = billing_dates(start, frequency, date(2100, 1, 1))
    return [next(found) for _ in range(number)]


@pytest.mark.rule("CYC-1")
@pytest.mark.parametrize(
    ("frequency", "start", "dates"),
    [
        (Frequency.DAILY, "2026-02-27", ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
        (Frequency.WEEKLY, "2026-01-01", ["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-22"]),
        (Frequency.BIWEEKLY, "2026-01-01", ["2026-01-01", "2026-01-15", "2026-01-29", "2026-02-12"]),
        (Frequency.MONTHLY, "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (Frequency.QUARTERLY, "2026-11-30", ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]),
        (Frequency.ANNUAL, "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        (Frequency.SEMIMONTHLY, "2026-01-01", ["2026-01-01", "2026-01-16", "2026-02-01", "2026-02-16"]),
        (Frequency.SEMIMONTHLY, "2026-01-15", ["2026-01-15", "2026-01-30", "2026-02-15", "2026-02-28"]),
        (Frequency.SEMIMONTHLY, "2026-01-20", ["2026-01-20", "2026-02-05", "2026-02-20", "2026-03-05"]),
        (Frequency.SEMIMONTHLY, "2026-01-31", ["2026-01-31", "2026-02-16", "2026-02-28", "2026-03-16"]),
    ],
)
def test_billing_dates_step_from_the_start_date(frequency: Frequency, start: str, dates: list[str]) -> None:
    found = _first(date.fromisoformat(start), frequency, 4)
    assert [day.isoformat() for day in found] == dates


@pytest.mark.rule("CYC-1", "RUN-1")
@given(start=days, frequency=st.sampled_from(list(Frequency)), later=st.integers(-40, 800))
def test_the_next_billing_date_is_the_first_that_is_not_before_the_day(
    start: date, frequency: Frequency, later: int
) -> None:
    day = start + timedelta(days=later)
    following = next_billing_date(start, frequency, day)
    dates = list(billing_dates(start, frequency, following))
    assert dates[-1] == following
    assert all(earlier < day for earlier in dates[:-1])
    assert is_billing_date(start, frequency, day) == (following == day)
    assert dates == sorted(set(dates))


@pytest.mark.rule("CYC-1")
def test_billing_dates_end_with_the_day_asked_for() -> None:
    assert list(billing_dates(date(2026, 1, 1), Frequency.MONTHLY, date(2026, 3, 1))) == [
        date(2026, 1, 1),
        date(2026, 2, 1),
        date(2026, 3, 1),
    ]
    assert list(billing_dates(date(2026, 1, 2), Frequency.MONTHLY, date(2026, 1, 1))) == []
