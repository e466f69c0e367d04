"""How events are kept: by month, ids for all months, with accounts and meters that stay (USE-1)."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from banyan.catalog.models import Meter
from banyan.foundation.deleting import delete_unused
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Refusal
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import Recorded, record_events
from banyan.usage.models import CountedId, UsageEvent
from banyan.usage.months import make_months
from banyan.usage.queries import events_of, usage_in_periods
from tests.business import a_meter, a_price, an_account, subscribed
from tests.usage.metering import Metering, asked, codes

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
MONTHS = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_usageevent'::regclass"
NEW_EVENT = "INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity) VALUES (%s, %s, %s, %s, 1)"


@pytest.fixture
def metering(tenant: str) -> Iterator[Metering]:
    return Metering()


def execute(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def number_of(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])


@pytest.mark.rule("USE-1")
def test_each_month_with_events_is_made_once(metering: Metering) -> None:
    moments = [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
    ]
    batch = [metering.event(str(number), timestamp=moment) for number, moment in enumerate(moments)]
    assert record_events(batch).accepted == 4
    assert number_of(MONTHS) == 3
    assert record_events(batch).duplicates == 4
    make_months([JANUARY])
    assert number_of(MONTHS) == 3


@pytest.mark.rule("USE-1")
def test_connections_that_need_the_same_new_month_at_once_all_get_it(fresh_tenant: str) -> None:
    metering = Metering()

    def send(number: int) -> Recorded:
        try:
            with within_tenant(fresh_tenant):
                moment = datetime(2026, 1 + number % 2, 5, tzinfo=UTC)
                return record_events([metering.event(f"{number}", timestamp=moment), metering.event("common")])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as senders:
        results = list(senders.map(send, range(6)))
    assert sum(recorded.accepted for recorded in results) == 7
    assert sum(recorded.duplicates for recorded in results) == 5
    assert number_of(MONTHS) == 2


@pytest.mark.rule("USE-1", "REL-B")
def test_an_id_that_comes_for_several_months_at_once_counts_for_one(fresh_tenant: str) -> None:
    metering = Metering()

    def send(month: int) -> Recorded:
        try:
            with within_tenant(fresh_tenant):
                return record_events([metering.event("a", timestamp=datetime(2026, month, 5, tzinfo=UTC))])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as senders:
        results = list(senders.map(send, range(1, 5)))
    assert sum(recorded.accepted for recorded in results) == 1
    assert [code for recorded in results for code in codes(recorded)] == [(0, "different_content")] * 3
    assert UsageEvent.objects.count() == CountedId.objects.count() == 1


@pytest.mark.rule("PERF-4")
def test_a_batch_takes_as_many_statements_whatever_is_in_it(metering: Metering) -> None:
    def statements(events: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            record_events([metering.event(f"{number} of {events}") for number in range(events)])
        return len(captured)

    statements(1)  # makes the month
    assert statements(500) == statements(2) <= 7


@pytest.mark.rule("PERF-4")
def test_adding_up_looks_into_the_months_it_is_asked_for_alone(metering: Metering) -> None:
    moments = [datetime(2025, month, 15, tzinfo=UTC) for month in range(1, 13)]
    record_events([metering.event(f"{moment}", timestamp=moment) for moment in moments])
    june = asked(metering.account.id, metering.meter.id, (date(2025, 6, 2), date(2025, 6, 30)))
    with CaptureQueriesContext(connection) as captured:
        assert usage_in_periods([june]) == {"it": 1}
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured[0]["sql"].replace("%", "%%"))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert set(re.findall(r"usage_usageevent_\d{4}_\d{2}", plan)) == {"usage_usageevent_2025_06"}


@pytest.mark.rule("REL-B", "ACC-15")
def test_the_database_keeps_accounts_and_meters_that_have_usage(metering: Metering) -> None:
    record_events([metering.event("a")])
    for used in (metering.account, metering.meter):
        with pytest.raises(IntegrityError, match="has usage"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {used._meta.db_table} WHERE id = %s", [used.pk])
    with pytest.raises(Refusal, match="1 usage event"):
        delete_unused(Meter, metering.meter.pk, "USE-1")
    assert events_of([metering.account.id]).count() == 1
    assert events_of([an_account().id]).count() == 0
    delete_unused(Meter, a_meter().pk, "USE-1")


@pytest.mark.rule("REL-B", "USE-1")
def test_the_database_takes_no_usage_of_what_is_not_there_or_below_zero(metering: Metering) -> None:
    make_months([JANUARY])
    account, meter = metering.account.id, metering.meter.id
    for values in ((0, meter), (account, 0)):
        with pytest.raises(IntegrityError, match="does not exist"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(NEW_EVENT, ["a", *values, JANUARY])
    largest = a_meter("max").id
    with pytest.raises(IntegrityError, match="does not add up"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NEW_EVENT.replace("1)", "-1)"), ["a", account, largest, JANUARY])


@pytest.mark.rule("REL-B", "USE-5")
def test_the_database_takes_no_usage_of_a_subscription_of_another_account(metering: Metering) -> None:
    make_months([JANUARY])
    other = subscribed(an_account("Other"), a_price())
    named = NEW_EVENT.replace("quantity)", "quantity, subscription_id)").replace("1)", f"1, {other.id})")
    with pytest.raises(IntegrityError, match="none of the account"), transaction.atomic():
        execute(named, "a", metering.account.id, metering.meter.id, JANUARY)


@pytest.mark.rule("REL-B", "USE-4")
def test_the_database_keeps_every_event_as_it_was_unless_it_is_corrected(metering: Metering) -> None:
    record_events([metering.event("a"), metering.event("b")])
    cancel_event("b", "Sent twice")
    for statement in (
        "DELETE FROM usage_usageevent",
        "DELETE FROM usage_usageevent_2026_01",
        "UPDATE usage_usageevent SET quantity = 2",
        "UPDATE usage_usageevent SET received_at = '2020-01-01'",
        "DELETE FROM usage_usagecorrection",
        "UPDATE usage_usagecorrection SET reason = 'Another'",
    ):
        with pytest.raises(IntegrityError, match="USE-4"), transaction.atomic():
            execute(statement)


@pytest.mark.rule("REL-B", "ACC-15")
@pytest.mark.parametrize("used_first", [True, False])
def test_usage_and_the_deletion_of_its_meter_at_the_same_time(fresh_tenant: str, used_first: bool) -> None:
    """Whichever comes second waits for the first, and is refused."""
    metering = Metering()
    record_events([metering.event("other", meter=a_meter().key)])
    account, meter = metering.account.id, metering.meter.id
    begun = Event()

    def second() -> str:
        try:
            with within_tenant(fresh_tenant):
                begun.wait(10)
                if used_first:
                    Meter.objects.filter(pk=meter).delete()
                else:
                    with connection.cursor() as cursor:
                        cursor.execute(NEW_EVENT, ["a", account, meter, JANUARY])
            return "done"
        except IntegrityError as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            if used_first:
                record_events([metering.event("a")])
            else:
                metering.meter.delete()
            answer = other.submit(second)
            begun.set()
            wait_for_a_waiting_connection()
        assert ("has usage" if used_first else "does not exist") in answer.result(10)


def wait_for_a_waiting_connection() -> None:
    for _ in range(1000):
        if number_of("SELECT count(*) FROM pg_locks, pg_sleep(0.01) WHERE NOT granted"):
            return
    raise AssertionError("nobody waits")
