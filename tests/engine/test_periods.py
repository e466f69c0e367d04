"""The periods of an item, its parts of them, and when they are charged."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.engine.facts import Course, Pause, Price, PriceModel, PriceType, Terms, Timing
from banyan.engine.periods import due_segments, segments
from banyan.engine.rating import rate
from banyan.kernel.calendar import Interval, Unit
from tests.engine.catalog import day, flat, metered, price, seats, terms

APRIL = day("2026-04-01")
ARREARS = flat("31.00", timing=Timing.IN_ARREARS)


def item(*own: Terms, end: str | None = None, anchor: str = "2026-01-01", **state: date | None) -> Course:
    return Course(day(anchor), own[0].since, None if end is None else day(end), own, **state)


def shown(asked: Course, billing_date: str) -> list[str]:
    """Part, quantity and cost of each due segment."""
    return [
        f"{one.charged.period.start} {one.charged.period.end} {one.charged.quantity} {one.charged.gross}"
        for one in rate(1, due_segments(asked, day(billing_date)), {}, {})
    ]


@pytest.mark.rule("SUB-3", "SUB-4")
def test_a_period_begun_late_costs_its_share_of_days_and_is_charged_on_its_first_day() -> None:
    asked = item(terms("2026-01-10", flat("31.00")))
    assert shown(asked, "2026-01-09") == []
    assert shown(asked, "2026-01-10") == ["2026-01-10 2026-02-01 1 22.00"]
    assert shown(asked, "2026-02-01") == ["2026-01-10 2026-02-01 1 22.00", "2026-02-01 2026-03-01 1 31.00"]


@pytest.mark.rule("SUB-4")
def test_in_arrears_a_period_is_charged_on_its_end() -> None:
    asked = item(terms("2026-01-01", ARREARS))
    assert shown(asked, "2026-01-31") == []
    assert shown(asked, "2026-02-01") == ["2026-01-01 2026-02-01 1 31.00"]


@pytest.mark.rule("SUB-3", "SUB-4")
def test_in_arrears_the_end_of_the_item_ends_its_last_period() -> None:
    asked = item(terms("2026-01-01", ARREARS), end="2026-01-11")
    assert shown(asked, "2026-01-10") == []
    assert shown(asked, "2026-01-11") == ["2026-01-01 2026-01-11 1 10.00"]


@pytest.mark.rule("SUB-3")
def test_a_change_of_quantity_inside_a_period_makes_two_parts_that_are_charged_together() -> None:
    asked = item(terms("2026-01-01", seats("31.00"), "2"), terms("2026-01-11", seats("31.00"), "5"))
    assert shown(asked, "2026-01-01") == ["2026-01-01 2026-01-11 2 20.00", "2026-01-11 2026-02-01 5 105.00"]


@pytest.mark.rule("SUB-2")
def test_the_periods_of_a_cycle_that_begins_on_the_31st() -> None:
    asked = item(terms("2026-01-31", flat("10.00")), anchor="2026-01-31")
    assert [part.part.start for part in due_segments(asked, day("2026-04-30"))] == [
        day("2026-01-31"),
        day("2026-02-28"),
        day("2026-03-31"),
        day("2026-04-30"),
    ]


@pytest.mark.rule("SUB-2", "SUB-3")
def test_another_interval_begins_where_the_old_terms_end() -> None:
    yearly = flat("365.00", id=2, interval=Interval(Unit.YEAR, 1))
    asked = item(terms("2026-01-01", flat("31.00")), terms("2026-02-15", yearly))
    assert shown(asked, "2026-02-15") == [
        "2026-01-01 2026-02-01 1 31.00",
        "2026-02-01 2026-02-15 1 15.50",
        "2026-02-15 2027-01-01 1 320.00",
    ]


@pytest.mark.rule("SUB-5")
def test_a_cancellation_without_proration_keeps_what_was_billed_in_advance() -> None:
    ended = {"end": "2026-02-15", "changed_from": day("2026-02-15"), "billed_until": day("2026-03-01")}
    kept = item(terms("2026-01-01", flat("31.00")), keep_until=day("2026-03-01"), **ended)  # type: ignore[arg-type]
    assert shown(kept, "2026-06-01") == ["2026-02-01 2026-03-01 1 31.00"]
    prorated = item(terms("2026-01-01", flat("31.00")), **ended)  # type: ignore[arg-type]
    assert shown(prorated, "2026-06-01") == ["2026-02-01 2026-02-15 1 15.50"]
    in_arrears = item(terms("2026-01-01", ARREARS), keep_until=day("2026-03-01"), **ended)  # type: ignore[arg-type]
    assert shown(in_arrears, "2026-06-01") == ["2026-02-01 2026-02-15 1 15.50"]


@pytest.mark.rule("CAT-1", "SUB-7")
def test_a_one_time_price_is_charged_once_on_the_first_day() -> None:
    setup = price(PriceModel.PER_UNIT, type=PriceType.ONE_TIME, unit="25.00")
    asked = item(terms("2026-01-10", setup, "2"), end="2026-01-11")
    assert shown(asked, "2026-01-09") == []
    assert shown(asked, "2026-05-01") == ["2026-01-10 2026-01-11 2 50.00"]
    assert shown(item(terms("2026-01-10", setup), billed_until=day("2026-01-11")), "2026-05-01") == []


@pytest.mark.rule("SUB-5", "PERF-2")
def test_an_unchanged_item_begins_where_it_was_billed_until() -> None:
    asked = item(terms("1990-01-01", flat("31.00")), billed_until=day("2026-02-01"))
    assert shown(asked, "2026-02-01") == ["2026-02-01 2026-03-01 1 31.00"]
    assert shown(asked, "2026-01-31") == []


@pytest.mark.rule("SUB-5")
def test_a_changed_item_begins_with_the_full_period_of_the_change() -> None:
    asked = item(
        terms("2025-01-01", seats("31.00"), "1"),
        terms("2026-02-15", seats("31.00"), "3"),
        billed_until=day("2026-04-01"),
        changed_from=day("2026-02-20"),
    )
    assert shown(asked, "2026-03-01") == [
        "2026-02-01 2026-02-15 1 15.50",
        "2026-02-15 2026-03-01 3 46.50",
        "2026-03-01 2026-04-01 3 93.00",
    ]


@pytest.mark.rule("POO-1", "SUB-4")
def test_a_pool_is_charged_when_its_period_is_over_even_to_an_item_that_ended_before() -> None:
    calls = metered("0.05", included="100")
    pooled = metered("0.05", id=4, included="100", pooled=True)
    assert [
        segment.charge_date for segment in due_segments(item(terms("2026-01-01", calls), end="2026-01-11"), APRIL)
    ] == [day("2026-01-11")]
    ended = item(terms("2026-01-01", pooled), end="2026-01-11")
    assert [segment.charge_date for segment in due_segments(ended, APRIL)] == [day("2026-02-01")]


@pytest.mark.rule("SUB-4")
def test_nothing_is_charged_before_what_it_follows() -> None:
    pooled = metered("0.05", included="100", pooled=True)
    weekly = price(PriceModel.FLAT, id=4, flat="7.00", interval=Interval(Unit.WEEK, 1))
    changed = item(terms("2026-01-01", pooled), terms("2026-01-08", weekly), end="2026-01-22")
    assert due_segments(changed, day("2026-01-31")) == []
    assert [segment.part.start for segment in due_segments(changed, day("2026-02-01"))] == [
        day("2026-01-01"),
        day("2026-01-08"),
        day("2026-01-15"),
    ]


intervals = st.builds(Interval, st.sampled_from(list(Unit)), st.integers(1, 3))
prices = st.builds(
    lambda id, interval, timing: flat("100.00", id=id, interval=interval, timing=timing),
    st.integers(1, 9),
    intervals,
    st.sampled_from(list(Timing)),
)


@st.composite
def items(draw: st.DrawFn) -> Course:
    start = draw(st.dates(date(2024, 1, 1), date(2026, 6, 1)))
    changes = sorted(draw(st.sets(st.integers(1, 500), max_size=3)))
    own = tuple(Terms(start + timedelta(days=offset), draw(prices), Decimal(1)) for offset in (0, *changes))
    end = draw(st.none() | st.integers(1, 600).map(lambda days: start + timedelta(days=days)))
    return Course(draw(st.dates(date(2023, 1, 1), date(2026, 12, 31))), start, end, own)


@pytest.mark.rule("SUB-2", "SUB-3", "SUB-4")
@given(asked=items())
def test_the_parts_tile_the_life_of_an_item_without_gap_or_overlap(asked: Course) -> None:
    horizon = date(2029, 1, 1)
    found = list(takewhile(lambda segment: segment.part.start < horizon, segments(asked, asked.start, asked.start)))
    assert found[0].part.start == asked.start
    assert all(one.part.end == other.part.start for one, other in pairwise(found))
    assert all(one.period.start <= one.part.start < one.part.end <= one.period.end for one in found)
    assert [one.charge_date for one in found] == sorted(one.charge_date for one in found)
    if asked.end is None:
        assert found[-1].part.end >= horizon
    else:
        assert found[-1].part.end == asked.end


@pytest.mark.rule("SUB-3")
@given(asked=items(), day_number=st.integers(0, 800))
def test_every_segment_has_the_terms_in_force_on_its_days(asked: Course, day_number: int) -> None:
    on = asked.start + timedelta(days=day_number)
    if asked.end is not None and on >= asked.end:
        return
    found = next(one for one in segments(asked, asked.start, asked.start) if one.part.start <= on < one.part.end)
    holds = [own for own in asked.terms if own.since <= on][-1]
    assert (found.terms.price, found.terms.quantity) == (holds.price, holds.quantity)


@pytest.mark.rule("SUB-3")
def test_a_price_of_zero_units_still_tiles() -> None:
    free: Price = flat("0")
    assert shown(item(terms("2026-01-01", free), end="2026-01-02"), "2026-03-01") == ["2026-01-01 2026-01-02 1 0.00"]


@pytest.mark.rule("ACC-3", "SUB-3", "SUB-4")
@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (Timing.IN_ADVANCE, [("01-01", "01-10", "01-01"), ("01-20", "02-01", "01-20"), ("02-01", "03-01", "02-01")]),
        (Timing.IN_ARREARS, [("01-01", "01-10", "01-10"), ("01-20", "02-01", "02-01"), ("02-01", "03-01", "03-01")]),
    ],
)
def test_a_pause_cuts_a_period_and_what_comes_after_it_is_charged_by_itself(
    timing: Timing, expected: list[tuple[str, str, str]]
) -> None:
    first = terms("2026-01-01", flat("31", timing=timing))
    pauses = (Pause(day("2025-12-01"), day("2025-12-05")), Pause(day("2026-01-10"), day("2026-01-20")))
    paused = Course(day("2026-01-01"), day("2026-01-01"), day("2026-03-01"), (first,), pauses=pauses)
    assert [
        (f"{one.part.start:%m-%d}", f"{one.part.end:%m-%d}", f"{one.charge_date:%m-%d}")
        for one in segments(paused, paused.start, paused.start)
    ] == expected


@pytest.mark.rule("ACC-3")
def test_a_one_time_price_that_starts_in_a_pause_is_not_charged() -> None:
    once = Course(
        *(day("2026-01-01"), day("2026-01-05"), None),
        (terms("2026-01-05", price(PriceModel.FLAT, type=PriceType.ONE_TIME, flat="9")),),
        pauses=(Pause(day("2026-01-01"), None),),
    )
    assert list(segments(once, once.start, once.start)) == []
