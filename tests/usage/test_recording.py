"""Taking in usage events: an id counts once, good ones count whatever the others are (USE-1)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from banyan.accounts.models import Account, AccountStatus, BillCycle
from banyan.api.schemas.usage import RejectedEvent
from banyan.foundation.clock import now
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Refusal
from banyan.usage.actions.record_events import Recorded, record_events
from banyan.usage.inputs import NewEvent
from banyan.usage.intake import FURTHEST_AHEAD, Rejected
from banyan.usage.models import UsageEvent
from tests.business import a_meter, a_price, an_account, subscribed
from tests.usage.metering import Metering, codes


@pytest.fixture
def metering(tenant: str) -> Iterator[Metering]:
    return Metering()


BAD = [
    ("unknown_account", {"account": "nobody"}),
    ("unknown_account", {"account": ""}),
    ("unknown_account", {"account": encode_id("account", 999_999_999)}),
    ("unknown_meter", {"meter": "no-such-meter"}),
    ("bad_quantity", {"quantity": Decimal("-1E18")}),
    ("bad_quantity", {"quantity": Decimal("NaN")}),
    ("bad_quantity", {"quantity": Decimal("Infinity")}),
    ("bad_quantity", {"quantity": Decimal("1E18")}),
    ("bad_quantity", {"quantity": Decimal("1E-13")}),
    ("bad_timestamp", {"timestamp": datetime(2026, 1, 5)}),  # noqa: DTZ001
    ("bad_timestamp", {"timestamp": datetime(1970, 1, 1, tzinfo=UTC)}),
    ("bad_timestamp", {"timestamp": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)}),
    ("bad_timestamp", {"timestamp": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}),
    ("bad_timestamp", {"timestamp": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))}),
    ("too_far_ahead", {"timestamp": now() + FURTHEST_AHEAD + timedelta(hours=10)}),
    ("too_far_ahead", {"timestamp": datetime(2999, 1, 1, tzinfo=UTC)}),
    ("unknown_subscription", {"subscription": "S-of-nobody"}),
    ("unknown_subscription", {"subscription": encode_id("subscription", 999_999_999)}),
    ("unknown_subscription", {"subscription": ""}),
    ("unreadable_id", {"id": ""}),
    ("unreadable_id", {"id": "  "}),
    ("unreadable_id", {"id": "x" * 201}),
    ("unreadable_id", {"id": "two\nlines"}),
    ("bad_properties", {"properties": {"value": "\x00"}}),
    ("bad_properties", {"properties": {"value": float("nan")}}),
    ("bad_properties", {"properties": {"value": "\ud800"}}),
    ("bad_properties", {"properties": {"value": "x" * 10_000}}),
]
GOOD: list[dict[str, Any]] = [
    {"quantity": Decimal("1E3")},
    {"quantity": Decimal("999999999999999999.999999999999")},
    {"quantity": Decimal(0), "properties": {"value": 'é {,} \n \\ " NULL'}},
    {"timestamp": datetime(2026, 1, 5, 10, tzinfo=timezone(timedelta(hours=-8)))},
    {"timestamp": datetime(2000, 1, 1, tzinfo=UTC)},
    {"timestamp": now() + FURTHEST_AHEAD - timedelta(minutes=10)},
    {"quantity": Decimal("-0.000000000001")},
    {"properties": {}},
]


@pytest.mark.rule("USE-1")
def test_good_events_count_whatever_the_others_are(metering: Metering) -> None:
    bad = [metering.event(**{"id_": f"bad {number}"})._replace(**changes) for number, (_, changes) in enumerate(BAD)]
    good = [metering.event(f'good {number} \\ "%s"', **changes) for number, changes in enumerate(GOOD)]
    recorded = record_events([*bad, *good])
    assert codes(recorded) == [(index, code) for index, (code, _) in enumerate(BAD)]
    assert {code for _, code in codes(recorded)} <= {*RejectedEvent.model_json_schema()["properties"]["code"]["enum"]}
    assert (recorded.accepted, recorded.duplicates) == (len(good), 0)
    stored = [
        NewEvent(row.event_id, metering.account.number, metering.meter.key, row.at, row.quantity, row.properties)
        for row in UsageEvent.objects.order_by("event_id")
    ]
    assert stored == good
    assert record_events([*bad, *good]).duplicates == len(good)


@pytest.mark.rule("USE-1", "ACC-3")
def test_an_inactive_account_uses_nothing_after_its_last_day_where_its_bill_cycle_is(metering: Metering) -> None:
    BillCycle.objects.filter(pk=metering.account.bill_cycle_id).update(time_zone="America/New_York")
    last_day = date(2026, 1, 5)
    Account.objects.filter(pk=metering.account.pk).update(status=AccountStatus.INACTIVE, inactive_since=last_day)
    recorded = record_events(
        [
            metering.event("last moment", timestamp=datetime(2026, 1, 6, 4, 59, 59, tzinfo=UTC)),
            metering.event("too late", timestamp=datetime(2026, 1, 6, 5, tzinfo=UTC)),
        ]
    )
    assert (recorded.accepted, codes(recorded)) == (1, [(1, "inactive_account")])
    assert "2026-01-05" in recorded.rejected[0].message


@pytest.mark.rule("USE-1", "ACC-3")
def test_a_suspended_account_uses_as_before(metering: Metering) -> None:
    Account.objects.filter(pk=metering.account.pk).update(status=AccountStatus.SUSPENDED)
    assert record_events([metering.event("1", timestamp=datetime(2026, 1, 9, tzinfo=UTC))]).accepted == 1


@pytest.mark.rule("USE-1")
def test_a_batch_that_is_sent_again_counts_as_duplicates(metering: Metering) -> None:
    batch = [metering.event(str(number), properties={"b": 1, "a": [2]}) for number in range(100)]
    assert record_events(batch) == Recorded(accepted=100)
    again = [metering.event(str(number), "1.00", properties={"a": [2], "b": 1}) for number in range(100)]
    assert record_events(again) == Recorded(duplicates=100)
    assert UsageEvent.objects.count() == 100


@pytest.mark.rule("USE-1")
def test_an_id_that_comes_twice_in_a_batch_counts_once(metering: Metering) -> None:
    recorded = record_events([metering.event("a", "700"), metering.event("a", "700"), metering.event("a", "701")])
    assert (recorded.accepted, recorded.duplicates, codes(recorded)) == (1, 1, [(2, "different_content")])
    assert UsageEvent.objects.get().quantity == 700


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(2)},
        {"timestamp": datetime(2026, 1, 6, tzinfo=UTC)},
        {"timestamp": datetime(2026, 3, 5, 10, tzinfo=UTC)},
        {"timestamp": datetime(2020, 2, 29, tzinfo=UTC)},
        {"properties": {"value": "x"}},
        {"properties": {}},
    ],
)
def test_the_same_id_with_other_content_is_rejected_and_the_first_holds(
    metering: Metering, changes: dict[str, Any]
) -> None:
    record_events([metering.event("a")])
    recorded = record_events([metering.event("a", **changes)])
    assert recorded == Recorded(
        rejected=[Rejected(0, "different_content", "event 'a' was counted before with other content")]
    )
    stored = UsageEvent.objects.get()
    assert (stored.quantity, stored.properties) == (1, None)


@pytest.mark.rule("USE-1")
def test_more_than_ten_thousand_events_are_refused_as_a_whole(metering: Metering) -> None:
    with pytest.raises(Refusal) as caught:
        record_events([metering.event(str(number)) for number in range(10_001)])
    assert caught.value.rule == "USE-1"
    assert not UsageEvent.objects.exists()


@pytest.mark.rule("USE-1")
def test_an_empty_batch_is_nothing(metering: Metering) -> None:
    assert record_events([]) == Recorded()


@pytest.mark.rule("USE-1")
def test_batches_with_the_same_ids_from_several_connections_count_each_once(fresh_tenant: str) -> None:
    metering = Metering()
    batch = [metering.event(str(number)) for number in range(500)]

    def send(backwards: bool) -> Recorded:
        try:
            with within_tenant(fresh_tenant):
                return record_events(batch[::-1] if backwards else batch)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as senders:
        results = list(senders.map(send, [False, True, False, True]))
    assert sum(recorded.accepted for recorded in results) == 500
    assert sum(recorded.duplicates for recorded in results) == 1500
    assert connection.schema_name == fresh_tenant
    assert UsageEvent.objects.count() == 500


@pytest.mark.rule("USE-4")
@pytest.mark.parametrize("aggregation", ["count", "max", "last", "unique"])
def test_only_of_a_meter_that_adds_up_something_can_be_taken_off(metering: Metering, aggregation: str) -> None:
    meter = a_meter(aggregation)
    recorded = record_events([metering.event("a", "-1", meter=meter.key), metering.event("b", "-1")])
    assert (recorded.accepted, codes(recorded)) == (1, [(0, "bad_quantity")])
    assert "adds up" in recorded.rejected[0].message


@pytest.mark.rule("USE-5")
def test_an_event_may_name_a_subscription_of_its_account_by_id_or_number(metering: Metering) -> None:
    own, other = subscribed(metering.account, a_price()), subscribed(an_account("Other"), a_price())
    recorded = record_events(
        [
            metering.event("by number", subscription=own.number),
            metering.event("by id", subscription=encode_id("subscription", own.id)),
            metering.event("of another account", subscription=other.number),
            metering.event("of none"),
        ]
    )
    assert (recorded.accepted, codes(recorded)) == (3, [(2, "unknown_subscription")])
    named = UsageEvent.objects.order_by("event_id").values_list("event_id", "subscription_id")
    assert list(named) == [("by id", own.id), ("by number", own.id), ("of none", None)]
    assert record_events([metering.event("by id", subscription=own.number)]) == Recorded(duplicates=1)
    assert codes(record_events([metering.event("by id")])) == [(0, "different_content")]
