"""The same usage is not charged twice (USE-5)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.accounts.models import Account
from banyan.catalog.models import Meter, Price, Product
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.create_subscriptions import create_subscription, create_subscriptions
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.inputs import ItemChange, NewItem, NewOrder, NewSubscription
from banyan.subscriptions.models import Subscription, SubscriptionItem
from tests.billruns.running import execute
from tests.business import NEW_YEAR, a_meter, a_price, a_product, an_account

pytestmark = pytest.mark.usefixtures("tenant")

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


class Calls:
    """An account, and two prices of one product for calls, beside one of another product for them."""

    def __init__(self) -> None:
        self.account: Account = an_account()
        self.meter: Meter = a_meter()
        self.product: Product = a_product()
        usage: dict[str, Any] = {"type": "usage", "meter": self.meter.id}
        self.price: Price = a_price("1", product=self.product.id, **usage)
        self.dearer: Price = a_price("2", product=self.product.id, **usage)
        self.other_product: Price = a_price("3", **usage)

    def new(self, price: Price, start: date = NEW_YEAR, end: date | None = None, **more: Any) -> NewSubscription:
        return NewSubscription(self.account.id, (NewItem(price.id, **more),), start_date=start, end_date=end)

    def subscribed(self, price: Price, start: date = NEW_YEAR, end: date | None = None, **more: Any) -> Subscription:
        return create_subscription(self.new(price, start, end, **more))


def refused(verb: Any, *given: Any) -> tuple[str, str, str | None, Kind]:
    with pytest.raises(Refusal) as caught:
        verb(*given)
    (problem,) = caught.value.problems
    return problem.field, problem.code, problem.rule, caught.value.kind


def twice(field: str) -> tuple[str, str, str, Kind]:
    return field, "charged_twice", "USE-5", Kind.CONFLICT


@pytest.mark.rule("USE-5")
def test_two_items_for_the_same_usage_on_one_day_are_refused() -> None:
    calls = Calls()
    first = calls.subscribed(calls.price)
    assert refused(calls.subscribed, calls.dearer) == twice("items.0.price")
    with pytest.raises(Refusal, match=rf"subscription {first.number} charges the same usage.*from 2026-02-01"):
        calls.subscribed(calls.dearer, FEBRUARY)
    calls.subscribed(calls.other_product)
    assert Subscription.objects.filter(account=calls.account).count() == 2


@pytest.mark.rule("USE-5")
def test_two_items_of_one_new_subscription_or_of_several_in_one_set_are_refused() -> None:
    calls = Calls()
    both = NewSubscription(calls.account.id, (NewItem(calls.price.id), NewItem(calls.dearer.id)), NEW_YEAR)
    assert refused(create_subscription, both) == twice("items.1.price")
    first, second = create_subscriptions([calls.new(calls.price), calls.new(calls.dearer)])
    assert isinstance(first, Subscription)
    assert isinstance(second, Refusal)


@pytest.mark.rule("USE-5")
def test_one_may_follow_the_other_and_none_may_be_made_longer_into_it() -> None:
    calls = Calls()
    first = calls.subscribed(calls.price)
    cancel_subscription(first.id, MARCH)
    second = calls.subscribed(calls.dearer, MARCH)
    assert refused(uncancel_subscription, first.id) == twice("subscription")
    assert refused(calls.subscribed, calls.price, MARCH - timedelta(days=1), MARCH) == twice("items.0.price")
    cancel_subscription(second.id, MARCH)
    uncancel_subscription(first.id)


@pytest.mark.rule("USE-5", "SUB-9")
def test_items_that_are_added_or_go_on_again_are_looked_at() -> None:
    calls = Calls()
    seats = calls.subscribed(a_price("10"))
    calls.subscribed(calls.price, NEW_YEAR, FEBRUARY - timedelta(days=1))
    assert refused(add_item, seats.id, NewItem(calls.dearer.id), NEW_YEAR) == twice("price")
    added = add_item(seats.id, NewItem(calls.dearer.id), FEBRUARY)
    end_item(seats.id, added.id, MARCH)
    calls.subscribed(calls.price, MARCH)
    assert refused(end_item, seats.id, added.id, None) == twice("date")


@pytest.mark.rule("USE-5", "SUB-8")
def test_another_price_may_not_charge_what_another_item_does() -> None:
    calls = Calls()
    calls.subscribed(calls.price)
    other = calls.subscribed(calls.other_product)
    item = other.items.get()
    change = [ItemChange(item.id, price=calls.dearer.id)]
    assert refused(change_subscription, other.id, FEBRUARY, change) == twice("items")
    change_subscription(other.id, FEBRUARY, [ItemChange(item.id, quantity=Decimal(2))])


@pytest.mark.rule("USE-5", "SUB-1")
def test_an_order_is_activated_only_where_nothing_is_charged_twice() -> None:
    calls = Calls()
    order = create_order(NewOrder(calls.account.id, (NewItem(calls.dearer.id),), start_date=NEW_YEAR))
    calls.subscribed(calls.price)
    assert refused(activate_order, order.id) == twice("items.0.price")
    named = NewOrder(calls.account.id, (NewItem(calls.dearer.id, named_only=True),), start_date=NEW_YEAR)
    assert SubscriptionItem.objects.get(subscription=activate_order(create_order(named).id).subscription).named_only


@pytest.mark.rule("USE-5")
def test_an_item_for_named_events_stands_beside_another_one() -> None:
    calls = Calls()
    calls.subscribed(calls.price)
    calls.subscribed(calls.dearer, named_only=True)
    named = calls.subscribed(calls.dearer, named_only=True)
    assert refused(add_item, named.id, NewItem(calls.price.id, named_only=True), NEW_YEAR) == twice("price")


@pytest.mark.rule("USE-5", "ERR-1")
def test_only_usage_can_be_that_of_named_events() -> None:
    calls = Calls()
    field, code, rule, _ = refused(lambda: calls.subscribed(a_price("10"), named_only=True))
    assert (field, code, rule) == ("items.0.named_only", "no_usage", "USE-5")


@pytest.mark.rule("REL-B", "USE-5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subscriptions_subscription SET ends_before = NULL",
        "UPDATE subscriptions_subscription SET start_date = '2026-01-01'",
        "UPDATE subscriptions_subscriptionitem SET price_id = {dearer}",
        "INSERT INTO subscriptions_itemterms (item_id, since, price_id) SELECT id, '2026-01-05', {dearer}"
        " FROM subscriptions_subscriptionitem",
        "INSERT INTO subscriptions_subscriptionitem (subscription_id, price_id, quantity, revision)"
        " SELECT subscription_id, price_id, 1, 0 FROM subscriptions_subscriptionitem",
    ],
)
def test_the_database_refuses_usage_that_would_be_charged_twice(statement: str) -> None:
    calls = Calls()
    calls.subscribed(calls.price, end=FEBRUARY - timedelta(days=1))
    calls.subscribed(calls.other_product)
    calls.subscribed(calls.price, FEBRUARY)
    with pytest.raises(IntegrityError, match="USE-5"), transaction.atomic():
        execute(f"{statement.format(dearer=calls.dearer.id)}; SET CONSTRAINTS ALL IMMEDIATE")


SPAN = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40), st.booleans(), st.booleans())


@pytest.mark.rule("USE-5")
@settings(max_examples=25, deadline=None)
@given(asked=st.lists(SPAN, max_size=6))
def test_what_is_made_never_overlaps_and_what_is_refused_would(asked: list[tuple[int, int | None, bool, bool]]) -> None:
    calls, ever = Calls(), date.max
    made: list[tuple[date, date, bool, bool]] = []
    for start, days, other, named in asked:
        first = NEW_YEAR + timedelta(days=start)
        last = None if days is None else first + timedelta(days=days)
        overlaps = any(
            product == other and not (is_named or named) and first <= until and since <= (last or ever)
            for since, until, product, is_named in made
        )
        new = calls.new(calls.other_product if other else calls.price, first, last, named_only=named)
        (result,) = create_subscriptions([new])
        assert isinstance(result, Refusal) is overlaps
        if not overlaps:
            made.append((first, last or ever, other, named))
