"""Price and quantity are agreed each by itself, from day to day, and can be taken back (SUB-8)."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.catalog.models import Price
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.withdraw_change import withdraw_change
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem
from banyan.subscriptions.terms import agreed_changes, terms_in_force
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, lines_by, run_for, totals
from tests.business import NEW_YEAR, a_price, an_account, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")

TENTH_OF_FEBRUARY = date(2026, 2, 10)


def item_of(subscription: Subscription) -> SubscriptionItem:
    return SubscriptionItem.objects.get(subscription=subscription)


def changed(subscription: Subscription, day: date, quantity: str | None = None, price: Price | None = None) -> None:
    item = item_of(subscription)
    amount = None if quantity is None else Decimal(quantity)
    change_subscription(subscription.id, day, [ItemChange(item.id, amount, price.id if price else None)])


def told(subscription: Subscription) -> list[tuple[date, int | None, Decimal | None]]:
    rows = ItemTerms.objects.filter(item__subscription=subscription).order_by("since")
    return list(rows.values_list("since", "price_id", "quantity"))


@pytest.mark.rule("SUB-8", "SUB-5")
def test_seats_added_in_february_stay_when_the_price_that_was_agreed_for_march_comes() -> None:
    people = People()
    subscription = subscribed(people.account(), a_price("10"), start_date=FEBRUARY)
    changed(subscription, FEBRUARY, "10")
    assert [line.total for line in lines_by(run_for(people.cycle, FEBRUARY))] == [100]
    changed(subscription, MARCH, price=a_price("12"))
    changed(subscription, TENTH_OF_FEBRUARY, "15")
    # 15 × 10 × 19/28 − 10 × 10 × 19/28 = 33.93, and 15 × 12 for March
    run = run_for(people.cycle, MARCH)
    assert sorted(line.total for line in lines_by(run)) == [Decimal("33.93"), Decimal("180.00")]


@pytest.mark.rule("SUB-8")
def test_a_change_to_what_holds_already_leaves_no_trace() -> None:
    people = People()
    subscription = subscribed(people.account(), a_price("31"))
    run_for(people.cycle, JANUARY)
    entries = HistoryEntry.objects.count()
    item = item_of(subscription)
    changed(subscription, date(2026, 1, 16), "1", item.price)
    assert (told(subscription), item_of(subscription).revision) == ([], 0)
    assert (item_of(subscription).changed_from, HistoryEntry.objects.count()) == (None, entries)
    assert [line.kind for line in lines_by(run_for(people.cycle, FEBRUARY))] == ["recurring"]


@pytest.mark.rule("SUB-8")
def test_of_a_change_only_what_is_new_is_written() -> None:
    subscription, dearer = subscribed(an_account(), a_price("10")), a_price("12")
    changed(subscription, MARCH, "1", dearer)
    assert told(subscription) == [(MARCH, dearer.id, None)]
    changed(subscription, MARCH, "4", dearer)
    assert told(subscription) == [(MARCH, dearer.id, Decimal(4))]
    assert item_of(subscription).revision == 2


@pytest.mark.rule("SUB-8")
def test_what_is_agreed_for_days_ahead_is_listed_and_can_be_taken_back() -> None:
    subscription, dearer = subscribed(an_account(), a_price("10")), a_price("12")
    item = item_of(subscription)
    changed(subscription, MARCH, price=dearer)
    changed(subscription, FEBRUARY, "5")
    assert [terms.since for terms in agreed_changes([item], NEW_YEAR)] == [FEBRUARY, MARCH]
    assert [terms.since for terms in agreed_changes([item], FEBRUARY)] == [MARCH]
    SubscriptionItem.objects.update(changed_from=None)
    withdraw_change(subscription.id, ItemTerms.objects.get(since=MARCH).id)
    assert terms_in_force([item], MARCH)[item.id] == (item.price_id, 5)
    assert item_of(subscription).changed_from == MARCH


@pytest.mark.rule("SUB-8", "SUB-5")
def test_a_change_whose_day_was_billed_can_be_taken_back_and_the_next_run_gives_back_what_it_cost() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"))
    changed(subscription, date(2026, 1, 16), "3")
    assert totals(run_for(people.cycle, JANUARY)) == {account.id: 63}
    withdraw_change(subscription.id, ItemTerms.objects.get().id)
    # 31 for February, less 32 for the two seats that there never were from 16 January on, is a credit of 1: carried
    assert totals(run_for(people.cycle, FEBRUARY)) == {}
    assert totals(run_for(people.cycle, MARCH)) == {account.id: 30}


@pytest.mark.rule("SUB-8")
def test_a_change_of_another_subscription_is_none_of_this_one() -> None:
    subscription, other = subscribed(an_account()), subscribed(an_account())
    changed(subscription, MARCH, "4")
    with pytest.raises(Refusal) as caught:
        withdraw_change(other.id, ItemTerms.objects.get().id)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("API-7")
def test_seats_are_added_to_what_holds_on_the_day() -> None:
    subscription = subscribed(an_account())
    item = item_of(subscription)
    changed(subscription, FEBRUARY, "5")
    change_subscription(subscription.id, MARCH, [ItemChange(item.id, add=Decimal("-2"))])
    assert told(subscription) == [(FEBRUARY, None, 5), (MARCH, None, 3)]
    change_subscription(subscription.id, MARCH, [ItemChange(item.id, add=Decimal(0))])
    assert item_of(subscription).revision == 2
    with pytest.raises(Refusal) as caught:
        change_subscription(subscription.id, MARCH, [ItemChange(item.id, add=Decimal(-4))])
    assert (caught.value.problems[0].field, caught.value.problems[0].code) == ("items.0.add", "out_of_range")
    assert "3 and -4 are -1" in caught.value.problems[0].message
    with pytest.raises(Refusal) as caught:
        change_subscription(subscription.id, MARCH, [ItemChange(item.id, Decimal(1), add=Decimal(1))])
    assert caught.value.problems[0].code == "twice"
    with pytest.raises(Refusal) as caught:
        change_subscription(subscription.id, MARCH, [ItemChange(item.id, add=Decimal("NaN"))])
    assert caught.value.problems[0].code == "not_plain"


def test_terms_that_name_neither_price_nor_quantity_are_refused_by_the_database() -> None:
    subscription = subscribed(an_account())
    with pytest.raises(IntegrityError, match="terms_name_price_or_quantity"), transaction.atomic():
        ItemTerms.objects.create(item=item_of(subscription), since=MARCH)


@pytest.mark.rule("SUB-8", "ACC-16")
def test_the_history_tells_the_terms_of_the_day_before_and_after() -> None:
    subscription, dearer = subscribed(an_account(), a_price("10")), a_price("12")
    item = item_of(subscription)
    changed(subscription, FEBRUARY, "5")
    changed(subscription, MARCH, price=dearer)
    withdraw_change(subscription.id, ItemTerms.objects.get(since=MARCH).id)
    entries = HistoryEntry.objects.filter(subject_kind="subscription", changes__has_key="item").order_by("id")
    amounts = [[(one["price"], Decimal(one["quantity"])) for one in entry.changes["item"]] for entry in entries]
    assert amounts == [
        [(item.price_id, 1), (item.price_id, 5)],
        [(item.price_id, 5), (dearer.id, 5)],
        [(dearer.id, 5), (item.price_id, 5)],
    ]


DAYS = st.integers(0, 120).map(lambda days: NEW_YEAR + timedelta(days=days))


@pytest.mark.rule("SUB-8")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    of_quantity=st.dictionaries(DAYS, st.integers(2, 9), max_size=4),
    of_price=st.sets(DAYS, max_size=3),
    order=st.randoms(),
)
def test_the_order_in_which_changes_for_different_days_are_made_changes_nothing(
    tenant: str, of_quantity: dict[date, int], of_price: set[date], order: Random
) -> None:
    """Each change names another quantity or price than all others, so that none is one to what holds already."""
    with transaction.atomic():
        quantities = {day: Decimal(10 * place + of_quantity[day]) for place, day in enumerate(sorted(of_quantity), 1)}
        changes: list[tuple[date, str | None, Price | None]] = [
            (day, str(quantity), None) for day, quantity in quantities.items()
        ]
        changes += [(day, None, a_price(str(20 + place))) for place, day in enumerate(sorted(of_price))]
        first, second = subscribed(an_account()), subscribed(an_account())
        ItemTerms.objects.all().delete()
        for change in changes:
            changed(first, *change)
        order.shuffle(changes)
        for change in changes:
            changed(second, *change)
        assert told(first) == told(second)
        transaction.set_rollback(True)
