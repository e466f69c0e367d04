"""What a period's events come to, by aggregation, time zone and precision (USE-1, USE-2)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.catalog.models import Meter
from banyan.usage.actions.record_events import record_events
from banyan.usage.inputs import NewEvent
from banyan.usage.queries import usage_in_periods
from tests.business import a_meter, an_account
from tests.usage.metering import asked

pytestmark = pytest.mark.usefixtures("tenant")

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def used(account_id: int, meter: Meter, time_zone: str = "UTC") -> Decimal:
    return usage_in_periods([asked(account_id, meter.id, (JANUARY, FEBRUARY), time_zone=time_zone)])["it"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize(
    ("aggregation", "expected"), [("sum", 17), ("count", 4), ("max", 9), ("last", 1), ("unique", 3)]
)
def test_each_aggregation_of_five_two_nine_and_one(aggregation: str, expected: int) -> None:
    account, meter = an_account(), a_meter(aggregation)
    for number, (quantity, value) in enumerate([("5", "x"), ("2", "y"), ("9", "x"), ("1", None)]):
        moment = at("2026-01-10") + timedelta(hours=number)
        properties = {"value": value} if value else None
        record_events([NewEvent(str(number), account.number, meter.key, moment, Decimal(quantity), properties)])
    assert used(account.id, meter) == expected


@pytest.mark.rule("USE-1")
def test_unique_without_values_counts_different_quantities() -> None:
    account, meter = an_account(), a_meter("unique")
    events = [
        NewEvent(str(number), account.number, meter.key, at("2026-01-10"), Decimal(quantity))
        for number, quantity in enumerate(["5", "5.0", "7"])
    ]
    record_events(events)
    assert used(account.id, meter) == 2


@pytest.mark.rule("USE-1", "MON-1")
@pytest.mark.parametrize(("precision", "expected"), [(0, "3"), (1, "2.5"), (2, "2.50")])
def test_usage_is_rounded_half_up_to_the_meters_precision(precision: int, expected: str) -> None:
    account, meter = an_account(), a_meter(precision=precision)
    events = [
        NewEvent(str(number), account.number, meter.key, at("2026-01-10"), Decimal("1.25")) for number in range(2)
    ]
    record_events(events)
    assert used(account.id, meter) == Decimal(expected)


@pytest.mark.rule("USE-2")
def test_a_period_has_its_first_moment_and_not_its_last_where_the_bill_cycle_is() -> None:
    account, meter = an_account(), a_meter()
    moments = ["2025-12-31T23:00", "2026-01-01T00:00", "2026-01-31T22:59", "2026-01-31T23:00", "2026-02-01T00:00"]
    record_events(
        [
            NewEvent(str(number), account.number, meter.key, at(moment), Decimal(10**number))
            for number, moment in enumerate(moments)
        ]
    )
    assert used(account.id, meter) == 1110
    assert used(account.id, meter, "Europe/Berlin") == 111


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize("aggregation", ["sum", "count", "max", "last", "unique"])
def test_nothing_used_is_0(aggregation: str) -> None:
    assert used(an_account().id, a_meter(aggregation)) == 0


def test_any_number_of_periods_is_one_query() -> None:
    account, other, meter = an_account(), an_account(), a_meter()
    record_events([NewEvent("1", account.number, meter.key, at("2026-01-10"), Decimal(5))])
    requests = [
        asked(one.id, meter.id, (date(2026, month, 1), date(2026, month + 1, 1)))._replace(key=(one.id, month))
        for one in (account, other)
        for month in (1, 2)
    ]
    with CaptureQueriesContext(connection) as queries:
        found = usage_in_periods(requests)
    assert len(queries) == 1
    assert found == {(account.id, 1): 5, (account.id, 2): 0, (other.id, 1): 0, (other.id, 2): 0}
    assert usage_in_periods([]) == {}


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize(
    ("aggregation", "expected"), [("sum", 8), ("count", 3), ("max", 5), ("last", 1), ("unique", 3)]
)
def test_several_stretches_are_one_aggregate_of_all_their_events(aggregation: str, expected: int) -> None:
    """5 on the 2nd, 2 on the 4th, 9 on the 10th, 1 on the 20th; asked for are the 1st to the 9th and the 15th on."""
    account, meter = an_account(), a_meter(aggregation)
    for day, quantity in ((2, 5), (4, 2), (10, 9), (20, 1)):
        event = NewEvent(f"{day}", account.number, meter.key, at(f"2026-01-{day:02}"), Decimal(quantity))
        record_events([event])
    days = (JANUARY, date(2026, 1, 10)), (date(2026, 1, 15), FEBRUARY)
    assert usage_in_periods([asked(account.id, meter.id, *days)]) == {"it": expected}
    assert usage_in_periods([asked(account.id, meter.id, *days, *days)]) == {"it": expected}
    assert usage_in_periods([asked(account.id, meter.id)]) == {"it": 0}
