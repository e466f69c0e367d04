"""Orders: drafted, then activated into a subscription, or cancelled (SUB-1)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.catalog.actions.update_product import update_product
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.delete_account import delete_account
from banyan.customers.actions.delete_customer import delete_customer
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.cancel_order import cancel_order
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.create_subscriptions import create_subscriptions
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.delete_order import delete_order
from banyan.subscriptions.actions.update_order import update_order
from banyan.subscriptions.inputs import NewGroup, NewItem, NewOrder, NewSubscription, WhoPaysChoice
from banyan.subscriptions.models import Order, Subscription
from tests.business import NEW_YEAR, a_customer, a_price, account_of, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


def an_order(account: Account | None = None, /, **given: Any) -> Order:
    account = account or an_account()
    new: dict[str, Any] = {"account": account.id, "items": (NewItem(a_price(currency=account.currency).id),)}
    return create_order(NewOrder(**(new | given)))


def refused(verb: Callable[..., object], *args: Any, **given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        verb(*args, **given)
    return caught.value


@pytest.mark.rule("SUB-1")
def test_a_draft_is_activated_into_a_subscription_with_its_terms() -> None:
    price = a_price()
    order = an_order(items=(NewItem(price.id, Decimal("2.5")), NewItem(price.id)), start_date=NEW_YEAR, number="PO 7")
    assert (order.number, order.status, order.subscription_id) == ("PO 7", "draft", None)
    assert not Subscription.objects.exists()
    subscription = activate_order(order.id).subscription
    assert subscription is not None
    assert (subscription.account_id, subscription.start_date, subscription.end_date) == (
        order.account_id,
        NEW_YEAR,
        None,
    )
    assert [(item.price_id, item.quantity) for item in subscription.items.order_by("id")] == [
        (price.id, Decimal("2.5")),
        (price.id, Decimal(1)),
    ]
    assert Order.objects.get().status == "active"


@pytest.mark.rule("SUB-1")
def test_an_order_without_a_start_date_starts_on_the_day_it_is_activated() -> None:
    order = an_order()
    assert order.start_date is None
    assert activate_order(order.id).start_date == today()


@pytest.mark.rule("SUB-1")
def test_a_subscription_made_directly_has_an_active_order() -> None:
    account, price = an_account(), a_price()
    new = NewSubscription(account.id, (NewItem(price.id, Decimal(3)),), NEW_YEAR, date(2027, 1, 1), "start_date")
    (subscription, _) = create_subscriptions([new, NewSubscription(0, (NewItem(price.id),))])
    order = Order.objects.get()
    assert isinstance(subscription, Subscription)
    assert (order.status, order.subscription_id) == ("active", subscription.id)
    assert re.fullmatch(r"O-\d{6}", order.number)
    assert (order.start_date, order.end_date, order.anchor) == (NEW_YEAR, date(2027, 1, 1), "start_date")
    assert list(order.items.values_list("price", "quantity")) == [(price.id, Decimal(3))]


@pytest.mark.rule("SUB-1", "WHO-1")
def test_an_order_keeps_who_is_to_pay_until_it_is_activated() -> None:
    change_settings({"enable_customer_hierarchies": True, "enable_who_pays": True})
    parent = a_customer("Group")
    child = account_of(a_customer("Site", parent=parent))
    order = an_order(child, start_date=NEW_YEAR, who_pays=WhoPaysChoice("parent"))
    subscription = activate_order(order.id).subscription
    assert subscription is not None
    chosen = subscription.who_pays.get()
    assert (chosen.mode, chosen.group and chosen.group.payer_id) == ("parent", parent.id)


@pytest.mark.rule("SUB-1")
@pytest.mark.parametrize("decided", [activate_order, cancel_order], ids=["active", "cancelled"])
@pytest.mark.parametrize("again", [activate_order, cancel_order], ids=["activate", "cancel"])
def test_an_order_is_decided_once(decided: Callable[[int], Order], again: Callable[[int], Order]) -> None:
    order = decided(an_order().id)
    refusal = refused(again, order.id)
    assert (refusal.rule, refusal.kind) == ("SUB-1", Kind.CONFLICT)
    assert order.status in str(refusal)
    with pytest.raises(DatabaseError, match="stays so"), transaction.atomic():
        Order.objects.filter(pk=order.id).update(status="draft", subscription=None, cancelled_at=None)


@pytest.mark.rule("SUB-1")
def test_the_database_refuses_an_active_order_without_a_subscription() -> None:
    order = an_order()
    with pytest.raises(DatabaseError, match="order_is_a_draft_active_or_cancelled"), transaction.atomic():
        Order.objects.filter(pk=order.id).update(status="active")


@pytest.mark.rule("SUB-1", "ERR-1")
def test_a_draft_is_refused_for_what_its_subscription_would_be() -> None:
    account = an_account(currency="EUR")
    refusal = refused(
        an_order,
        account,
        items=(NewItem(a_price().id, Decimal(-1)), NewItem(0)),
        start_date=date(2025, 12, 31),
        end_date=date(2025, 12, 1),
        number=an_order().number,
    )
    assert {problem.field for problem in refusal.problems} == {
        *("items.0.price", "items.0.quantity", "items.1.price", "start_date", "end_date", "number")
    }


@pytest.mark.rule("SUB-1", "ACC-3", "CAT-1")
def test_an_order_is_not_activated_once_its_account_or_product_is_not_active_any_more() -> None:
    account, price = an_account(), a_price()
    order = an_order(account, items=(NewItem(price.id),))
    change_account_status(account.id, "inactive")
    update_product(price.product_id, {"active": False})
    refusal = refused(activate_order, order.id)
    assert refusal.kind == Kind.CONFLICT
    assert {problem.field for problem in refusal.problems} == {"account", "items.0.price"}
    assert Order.objects.get(pk=order.id).status == "draft"
    assert refused(an_order, account).rule == "ACC-3"


@pytest.mark.rule("SUB-1", "ACC-15")
def test_an_order_that_nothing_came_of_goes_with_its_account_or_alone() -> None:
    account = an_account()
    cancelled, draft = cancel_order(an_order(account).id), an_order(account)
    delete_order(cancelled.id)
    delete_customer(account.customer_id)
    assert not Order.objects.filter(pk=draft.pk).exists()
    active = subscribed(an_account()).order
    assert refused(delete_order, active.id).kind == Kind.CONFLICT
    assert refused(delete_account, active.account_id).rule == "ACC-15"


@pytest.mark.rule("GRP-3", "CUS-8")
def test_a_group_or_payer_that_a_draft_names_stays_until_the_draft_is_decided() -> None:
    change_settings({"enable_customer_hierarchies": True, "enable_who_pays": True})
    parent = a_customer("Group")
    child = account_of(a_customer("Site", parent=parent))
    group = create_group(NewGroup(payer=parent.id, name="Together"))
    order = an_order(child, group=group.id)
    assert refused(delete_group, group.id).rule == "GRP-3"
    assert "1 ordered subscription" in str(refused(delete_customer, parent.id))
    cancel_order(order.id)
    delete_group(group.id)
    assert Order.objects.get(pk=order.id).group_id is None


@pytest.mark.rule("SUB-1", "API-5")
def test_of_a_draft_what_is_named_changes_and_the_rest_stays() -> None:
    account = an_account()
    order = an_order(account, start_date=NEW_YEAR, anchor="start_date")
    dear = a_price("99", currency=account.currency)
    update_order(order.id, {"items": (NewItem(dear.id, Decimal(3)), NewItem(dear.id)), "start_date": date(2026, 3, 1)})
    order.refresh_from_db()
    assert (order.status, order.start_date, order.anchor) == ("draft", date(2026, 3, 1), "start_date")
    assert [(item.price_id, item.quantity) for item in order.items.order_by("id")] == [(dear.id, 3), (dear.id, 1)]
    kept = list(order.items.order_by("id").values_list("id", flat=True))
    update_order(order.id, {"start_date": None, "end_date": date(2030, 1, 1)})
    order.refresh_from_db()
    assert (order.start_date, order.end_date) == (None, date(2030, 1, 1))
    assert list(order.items.order_by("id").values_list("id", flat=True)) == kept
    subscription = activate_order(order.id).subscription
    assert subscription is not None
    assert (subscription.end_date, subscription.items.count()) == (date(2030, 1, 1), 2)


@pytest.mark.rule("SUB-1", "SUB-2", "ERR-1")
def test_a_draft_keeps_its_terms_when_a_change_is_refused_and_only_a_draft_has_any_to_change() -> None:
    account = an_account()
    order = an_order(account, start_date=NEW_YEAR)
    foreign = a_price("1", currency="EUR")
    wrong = {"items": (NewItem(foreign.id),), "anchor": "moon", "end_date": date(2025, 1, 1)}
    refusal = refused(update_order, order.id, wrong)
    assert {problem.field for problem in refusal.problems} >= {"items.0.price", "anchor", "end_date"}
    order.refresh_from_db()
    assert (order.end_date, order.anchor, order.items.get().price_id == foreign.id) == (None, "cycle", False)
    activate_order(order.id)
    assert refused(update_order, order.id, {"anchor": "cycle"}).problems[0].code == "already_active"
    assert refused(update_order, 10**9, {}).kind == Kind.UNKNOWN
