"""Several connections at once: a default group is made once, a number is given once (GRP-1, SUB-1)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections

from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange, WhoPaysChoice
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionGroup, WhoPays
from tests.business import NEW_YEAR, a_customer, a_price, account_of, an_account, subscribed


def at_once(tenant: str, what: Callable[[], object], times: int = 6) -> list[object]:
    """The results, or refusals, of doing the same from so many connections."""

    def once(_: int) -> object:
        try:
            with within_tenant(tenant):
                return what()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as connected:
        return list(connected.map(once, range(times)))


@pytest.mark.rule("GRP-1")
def test_the_first_subscriptions_of_a_payer_share_one_default_group(fresh_tenant: str) -> None:
    root = a_customer("Root")
    account, price = account_of(a_customer("Leaf", parent=root)), a_price()
    at_once(fresh_tenant, lambda: subscribed(account, price, who_pays=WhoPaysChoice("parent")))
    (group,) = SubscriptionGroup.objects.all()
    assert (group.payer_id, group.is_default) == (root.id, True)
    assert WhoPays.objects.filter(group=group).count() == 6


@pytest.mark.rule("SUB-1", "ERR-1")
def test_one_of_several_gets_the_number_and_the_others_are_refused(fresh_tenant: str) -> None:
    account, price = an_account(), a_price()
    results = at_once(fresh_tenant, lambda: subscribed(account, price, number="ONE"))
    assert sum(isinstance(result, Subscription) for result in results) == 1
    assert [result.rule for result in results if isinstance(result, Refusal)] == ["SUB-1"] * 5
    (only,) = Subscription.objects.all()
    assert only.items.count() == 1


@pytest.mark.rule("API-7")
def test_two_who_add_seats_at_the_same_time_both_get_theirs(fresh_tenant: str) -> None:
    subscription = subscribed(an_account())
    item = subscription.items.get()

    def add() -> object:
        return change_subscription(subscription.id, NEW_YEAR, [ItemChange(item.id, add=Decimal(3))])

    at_once(fresh_tenant, add)
    assert ItemTerms.objects.get().quantity == 1 + 3 * 6
