"""Events that are cancelled or replaced: kept, with who, when and why, and counted no more (USE-4)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.foundation.actors import Actor
from banyan.foundation.clock import now
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.access_scope import NOTHING, scoped_to
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import Recorded, record_events
from banyan.usage.actions.replace_event import replace_event
from banyan.usage.models import UsageCorrection, UsageEvent
from banyan.usage.queries import event_of, usage_in_periods
from banyan.usage.scopes import find_counted
from tests.business import a_meter, a_price, subscribed
from tests.usage.metering import Metering, asked, codes

YEAR = date(2026, 1, 1), date(2027, 1, 1)


@pytest.fixture
def metering(tenant: str) -> Iterator[Metering]:
    return Metering()


def used(metering: Metering) -> Decimal:
    return usage_in_periods([asked(metering.account.id, metering.meter.id, YEAR)])["it"]


def the_event(event_id: str) -> UsageEvent | None:
    return event_of(find_counted(event_id), event_id)


def refused(verb: Any, *given: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as caught:
        verb(*given)
    return [(problem.field, problem.code) for problem in caught.value.problems]


@pytest.mark.rule("USE-4", "ACC-16")
def test_a_cancelled_event_counts_no_more_and_is_kept_with_who_when_and_why(metering: Metering) -> None:
    record_events([metering.event("a", "100", properties={"rate": 1.10}), metering.event("b", "7")])
    with acting_as(Actor.user(1, "Ada")):
        cancel_event("a", " Sent by a test ")
    assert used(metering) == 7
    kept = UsageCorrection.objects.get()
    assert (kept.event_id, kept.quantity, kept.at) == ("a", 100, datetime(2026, 1, 5, 10, tzinfo=UTC))
    assert (kept.kind, kept.reason, kept.actor) == ("cancelled", "Sent by a test", "Ada")
    assert now() - kept.corrected_at < timedelta(minutes=1)
    told = HistoryEntry.objects.get(subject_kind="usage_event")
    assert (told.actor, told.changes["event_id"], told.changes["reason"]) == (
        *("Ada", [None, "a"], [None, "Sent by a test"]),
    )
    assert the_event("a") is None


@pytest.mark.rule("USE-1", "USE-4")
def test_the_id_of_a_cancelled_event_stays_taken(metering: Metering) -> None:
    record_events([metering.event("a")])
    cancel_event("a", "Sent twice")
    assert record_events([metering.event("a")]) == Recorded(duplicates=1)
    assert codes(record_events([metering.event("a", "2")])) == [(0, "different_content")]
    assert used(metering) == 0


@pytest.mark.rule("USE-4")
def test_a_replaced_event_says_what_is_named_and_else_what_it_said(metering: Metering) -> None:
    own = subscribed(metering.account, a_price())
    record_events([metering.event("a", "5", properties={"rate": 1.10, "value": "1.10"})])
    replace_event("a", {"quantity": Decimal(8)}, "Counted wrong")
    replace_event("a", {"timestamp": datetime(2026, 4, 1, tzinfo=UTC), "subscription": own.number}, "In April")
    event = UsageEvent.objects.get()
    assert (event.quantity, event.at, event.subscription_id) == (8, datetime(2026, 4, 1, tzinfo=UTC), own.id)
    assert event.properties == {"rate": 1.10, "value": "1.10"}
    assert the_event("a") == event
    kept = UsageCorrection.objects.order_by("id").values_list("quantity", "at__month", "kind", "reason")
    assert list(kept) == [(5, 1, "replaced", "Counted wrong"), (8, 1, "replaced", "In April")]
    assert used(metering) == 8


@pytest.mark.rule("USE-1", "USE-4")
def test_what_was_replaced_and_what_took_its_place_are_both_duplicates_when_sent_again(metering: Metering) -> None:
    record_events([metering.event("a", "5")])
    replace_event("a", {"quantity": Decimal(8)}, "Counted wrong")
    again = record_events([metering.event("a", "5")])
    assert (again.duplicates, record_events([metering.event("a", "8")]).duplicates) == (1, 1)
    assert codes(record_events([metering.event("a", "6")])) == [(0, "different_content")]
    assert used(metering) == 8


@pytest.mark.rule("USE-4", "ERR-1")
def test_a_correction_of_what_is_not_there_or_cancelled_is_refused(metering: Metering) -> None:
    record_events([metering.event("a")])
    for unknown in ("b", "", "x" * 201, "a\x00", "\ud800"):
        assert refused(cancel_event, unknown, "Why") == [("id", "unknown")]
        assert refused(replace_event, unknown, {"quantity": Decimal(1)}, "Why") == [("id", "unknown")]
    cancel_event("a", "Sent twice")
    with pytest.raises(Refusal, match=r"Sent twice.*another id") as caught:
        cancel_event("a", "Again")
    assert (caught.value.kind, caught.value.rule) == (Kind.CONFLICT, "USE-4")
    assert refused(replace_event, "a", {"quantity": Decimal(1)}, "Why") == [("id", "already_cancelled")]
    assert refused(cancel_event, "a", " ") == [("id", "already_cancelled"), ("reason", "unreadable")]
    assert UsageCorrection.objects.count() == 1


@pytest.mark.rule("USE-4", "ERR-1")
def test_a_correction_without_a_reason_or_change_is_refused_with_all_that_is_wrong(metering: Metering) -> None:
    record_events([metering.event("a", "5", properties={"value": 1})])
    assert refused(cancel_event, "a", "  ") == [("reason", "unreadable")]
    assert refused(cancel_event, "a", "x" * 501) == [("reason", "unreadable")]
    assert refused(replace_event, "a", {}, "") == [("reason", "unreadable"), ("quantity", "required")]
    same = {"quantity": Decimal("5.0"), "timestamp": datetime(2026, 1, 5, 10, tzinfo=UTC), "properties": {"value": 1}}
    assert refused(replace_event, "a", same, "Why") == [("quantity", "no_change")]
    assert not UsageCorrection.objects.exists()


@pytest.mark.rule("USE-4", "ERR-1")
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"quantity": Decimal("NaN")}, "quantity", "bad_quantity"),
        ({"timestamp": datetime(2026, 1, 5)}, "timestamp", "bad_timestamp"),  # noqa: DTZ001
        ({"timestamp": datetime(2999, 1, 1, tzinfo=UTC)}, "timestamp", "too_far_ahead"),
        ({"properties": {"value": "\x00"}}, "properties", "bad_properties"),
        ({"subscription": "S-of-nobody"}, "subscription", "unknown_subscription"),
    ],
)
def test_what_no_event_may_say_none_can_be_made_to_say(
    metering: Metering, changes: dict[str, Any], field: str, code: str
) -> None:
    record_events([metering.event("a")])
    assert refused(replace_event, "a", changes, "Why") == [(field, code)]
    assert not UsageCorrection.objects.exists()


@pytest.mark.rule("USE-4")
def test_of_a_peak_the_next_highest_is_left_when_it_is_cancelled(metering: Metering) -> None:
    metering.meter = a_meter("max")
    record_events([metering.event("a", "90"), metering.event("b", "12")])
    cancel_event("a", "A test")
    assert used(metering) == 12
    assert refused(replace_event, "b", {"quantity": Decimal(-1)}, "Why") == [("quantity", "bad_quantity")]


@pytest.mark.rule("USE-4")
def test_less_than_nothing_counts_as_nothing(metering: Metering) -> None:
    record_events([metering.event("a", "40"), metering.event("b", "-100")])
    assert used(metering) == 0
    record_events([metering.event("c", "70")])
    assert used(metering) == 10


@pytest.mark.rule("USE-4", "ORG-3")
def test_who_does_not_reach_the_account_finds_no_event_to_correct(metering: Metering) -> None:
    record_events([metering.event("a")])
    with scoped_to(NOTHING):
        assert refused(cancel_event, "a", "Why") == [("id", "unknown")]
    assert used(metering) == 1


@pytest.mark.rule("USE-4")
def test_of_two_who_cancel_the_same_event_at_once_one_is_refused(fresh_tenant: str) -> None:
    metering = Metering()
    record_events([metering.event(str(number)) for number in range(20)])

    def correct(verb: str) -> list[str]:
        outcomes = []
        try:
            with within_tenant(fresh_tenant):
                for number in range(20):
                    try:
                        if verb == "cancel":
                            cancel_event(str(number), "Sent twice")
                        else:
                            replace_event(str(number), {"quantity": Decimal(verb)}, "Counted wrong")
                        outcomes.append("done")
                    except Refusal as refusal:
                        outcomes.append(refusal.problems[0].code)
        finally:
            connections.close_all()
        return outcomes

    with ThreadPoolExecutor(4) as people:
        first, second, third, fourth = people.map(correct, ["cancel", "cancel", "7", "9"])
    for outcomes in zip(first, second, strict=True):
        assert sorted(outcomes) == ["already_cancelled", "done"]
    assert {*third, *fourth} <= {"done", "already_cancelled"}
    replaced = third.count("done") + fourth.count("done")
    assert UsageCorrection.objects.count() == 20 + replaced
    assert not UsageEvent.objects.exists()


EVENTS = st.lists(st.tuples(st.integers(0, 9), st.integers(-20, 50)), max_size=20)


@pytest.mark.rule("USE-1", "USE-4")
@pytest.mark.usefixtures("tenant")
@settings(max_examples=25, deadline=None)
@given(said=EVENTS, corrections=st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(-20, 50)), max_size=12))
def test_what_counts_is_the_last_that_each_event_says_and_nothing_of_the_cancelled(
    said: list[tuple[int, int]], corrections: list[tuple[int, int | None]]
) -> None:
    metering = Metering()
    stands: dict[int, int | None] = {}
    for number, quantity in said:
        recorded = record_events([metering.event(f"{metering.account.id}-{number}", str(quantity))])
        assert recorded.accepted == (number not in stands)
        stands.setdefault(number, quantity)
    for number, to in corrections:
        name, before = f"{metering.account.id}-{number}", stands.get(number)
        possible = before is not None and to != before
        try:
            if to is None:
                cancel_event(name, "Why")
            else:
                replace_event(name, {"quantity": Decimal(to)}, "Why")
            done = True
        except Refusal:
            done = False
        assert done is possible
        if possible:
            stands[number] = to
    assert used(metering) == max(0, sum(quantity for quantity in stands.values() if quantity is not None))
