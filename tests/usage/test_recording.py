"""Taking in usage events: an id counts once, good ones count whatever the others are (USE-1)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Refusal
from banyan.usage.actions.record_events import Recorded, Rejected, record_events
from banyan.usage.inputs import NewEvent
from banyan.usage.models import UsageEvent
from tests.business import a_meter, an_account


class Metering:
    """An account and a meter, and events for them."""

    def __init__(self) -> None:
        self.account: Account = an_account()
        self.meter: Meter = a_meter()

    def event(self, id_: str, quantity: str = "1", **changes: Any) -> NewEvent:
        event: dict[str, Any] = {
            "id": id_,
            "account": self.account.number,
            "meter": self.meter.key,
            "timestamp": datetime(2026, 1, 5, 10, tzinfo=UTC),
            "quantity": Decimal(quantity),
        }
        return NewEvent(**(event | changes))


@pytest.fixture
def metering(tenant: str) -> Iterator[Metering]:
    return Metering()


def codes(recorded: Recorded) -> list[tuple[int, str]]:
    return [(rejected.index, rejected.code) for rejected in recorded.rejected]


@pytest.mark.rule("USE-1")
def test_good_events_count_whatever_the_others_are(metering: Metering) -> None:
    recorded = record_events(
        [
            metering.event("1"),
            metering.event("2", account="nobody"),
            metering.event("3", meter="no-such-meter"),
            metering.event("4", account=encode_id("account", metering.account.id)),
            metering.event("5", quantity="-1"),
            metering.event("6", quantity="NaN"),
            metering.event("7", timestamp=datetime(2026, 1, 5)),  # noqa: DTZ001
            metering.event("8", timestamp=datetime(1970, 1, 1, tzinfo=UTC)),
            metering.event(""),
            metering.event("x" * 201),
            metering.event("9", properties={"value": "\x00"}),
            metering.event("10", properties={"value": float("nan")}),
            metering.event("11", properties={"value": "\ud800"}),
            metering.event("12", account=encode_id("account", 999_999_999)),
            metering.event("13", quantity="0", properties={"value": "é"}),
        ]
    )
    assert (recorded.accepted, recorded.duplicates) == (3, 0)
    assert codes(recorded) == [
        (1, "unknown_account"),
        (2, "unknown_meter"),
        (4, "bad_quantity"),
        (5, "bad_quantity"),
        (6, "bad_timestamp"),
        (7, "bad_timestamp"),
        (8, "unreadable_id"),
        (9, "unreadable_id"),
        (10, "bad_properties"),
        (11, "bad_properties"),
        (12, "bad_properties"),
        (13, "unknown_account"),
    ]
    assert list(UsageEvent.objects.order_by("event_id").values_list("event_id", flat=True)) == ["1", "13", "4"]


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
        {"properties": {"value": "x"}},
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
