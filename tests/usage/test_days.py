"""On which day of an account an event falls, whatever bill cycles it had (USE-2)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.kernel.calendar import Period
from banyan.usage.days import AccountDays

ZONES = (
    "UTC",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Africa/Cairo",
    "Asia/Beirut",
)
FEBRUARY = date(2026, 2, 1)
SPRING = date(2026, 3, 20)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def any_day(first: date = date(2026, 2, 20), last: date = date(2026, 5, 10)) -> st.SearchStrategy[date]:
    return st.dates(first, last)


@st.composite
def any_days(draw: st.DrawFn) -> AccountDays:
    """Of an account that had up to three bill cycles before, at times one only for a day."""
    cuts = sorted(draw(st.sets(any_day(), max_size=3)))
    zones = st.sampled_from(ZONES)
    return AccountDays(draw(zones), tuple((cut, draw(zones)) for cut in cuts))


@pytest.mark.rule("USE-2")
def test_the_day_on_which_another_cycle_takes_over_is_cut_by_the_old_ones_midnight() -> None:
    west = AccountDays("America/Los_Angeles", ((FEBRUARY, "UTC"),))
    assert west.begin(FEBRUARY) == moment("2026-02-01T00:00")
    assert west.begin(date(2026, 2, 2)) == moment("2026-02-02T08:00")
    assert west.day_of(moment("2026-02-01T03:00")) == FEBRUARY
    east = AccountDays("UTC", ((FEBRUARY, "America/Los_Angeles"),))
    assert east.begin(FEBRUARY) == moment("2026-02-01T08:00")
    assert east.begin(date(2026, 2, 2)) == moment("2026-02-02T00:00")
    assert east.day_of(moment("2026-02-01T03:00")) == date(2026, 1, 31)


@pytest.mark.rule("USE-2")
def test_no_day_begins_before_the_last_cut_however_far_apart_the_zones_are() -> None:
    """From 12 hours behind UTC to 14 ahead: the old midnight is later than the new one of the day after."""
    days = AccountDays("Pacific/Kiritimati", ((FEBRUARY, "Etc/GMT+12"),))
    assert days.begin(FEBRUARY) == days.begin(date(2026, 2, 2)) == moment("2026-02-01T12:00")
    assert days.begin(date(2026, 2, 3)) == moment("2026-02-02T10:00")
    assert days.day_of(moment("2026-02-01T11:59")) == date(2026, 1, 31)
    assert days.day_of(moment("2026-02-01T12:00")) == date(2026, 2, 2)


@pytest.mark.rule("USE-2")
def test_a_day_whose_midnight_the_clocks_leave_out_begins_when_they_go_on() -> None:
    """In Beirut the clocks go from midnight to 1:00 on 29 March 2026."""
    days = AccountDays("Asia/Beirut")
    assert days.begin(date(2026, 3, 29)) == moment("2026-03-28T22:00")
    assert days.begin(date(2026, 3, 30)) == moment("2026-03-29T21:00")


@pytest.mark.rule("USE-2")
@given(days=any_days(), day=any_day(), hours=st.integers(0, 100))
def test_every_moment_is_in_exactly_one_day(days: AccountDays, day: date, hours: int) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=37 * hours)
    found = days.day_of(at)
    assert days.begin(found) <= at < days.begin(found + timedelta(days=1))
    several = [found + timedelta(days=number) for number in range(-5, 6)]
    assert [one for one in several if days.begin(one) <= at < days.begin(one + timedelta(days=1))] == [found]


@pytest.mark.rule("USE-2")
@given(days=any_days(), cuts=st.sets(any_day(), min_size=2, max_size=6))
def test_periods_that_follow_each_other_leave_no_moment_out_and_share_none(days: AccountDays, cuts: set[date]) -> None:
    ordered = sorted(cuts)
    periods = [days.moments(Period(*pair)) for pair in pairwise(ordered)]
    assert all(one.start <= one.end for one in periods)
    assert all(one.end == following.start for one, following in pairwise(periods))


@pytest.mark.rule("USE-2")
@given(days=any_days(), cut=any_day(SPRING), zone=st.sampled_from(ZONES), day=any_day())
def test_a_move_leaves_every_day_up_to_its_own_where_it_was(days: AccountDays, cut: date, zone: str, day: date) -> None:
    earlier = tuple((until, held) for until, held in days.earlier if until < cut)
    before = AccountDays(days.time_zone, earlier)
    after = AccountDays(zone, (*earlier, (cut, days.time_zone)))
    if day <= cut:
        assert after.begin(day) == before.begin(day)


@pytest.mark.rule("USE-2")
@given(days=any_days(), cut=any_day(), day=any_day())
def test_a_move_to_a_cycle_in_the_same_zone_changes_no_day(days: AccountDays, cut: date, day: date) -> None:
    moved = AccountDays(
        days.time_zone, (*((until, zone) for until, zone in days.earlier if until < cut), (cut, days.time_zone))
    )
    unmoved = AccountDays(days.time_zone, tuple((until, zone) for until, zone in days.earlier if until < cut))
    assert moved.begin(day) == unmoved.begin(day)
