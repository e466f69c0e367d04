"""Creating subscriptions, in sets and one by one (SUB-1, SUB-2, ACC-3)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.create_subscriptions import create_subscription, create_subscriptions
from banyan.subscriptions.inputs import NewItem, NewSubscription, WhoPaysChoice
from banyan.subscriptions.models import Subscription
from tests.business import NEW_YEAR, a_customer, a_price, a_product, account_of, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


def refused(account: Account, /, **changes: Any) -> Refusal:
    new: dict[str, Any] = {"account": account.id, "items": (NewItem(a_price().id),), "start_date": NEW_YEAR}
    with pytest.raises(Refusal) as caught:
        create_subscription(NewSubscription(**(new | changes)))
    return caught.value


@pytest.mark.rule("SUB-1", "SUB-2")
def test_a_subscription_has_items_a_number_and_periods_of_the_bill_cycle() -> None:
    price = a_price()
    new = NewSubscription(an_account().id, (NewItem(price.id, Decimal("2.5")), NewItem(price.id)), NEW_YEAR)
    subscription = create_subscription(new)
    assert [(item.price_id, item.quantity) for item in subscription.items.order_by("id")] == [
        (price.id, Decimal("2.5")),
        (price.id, Decimal(1)),
    ]
    assert (subscription.anchor, subscription.end_date) == ("cycle", None)
    assert re.fullmatch(r"S-\d{6}", subscription.number)
    assert not subscription.who_pays.exists()


@pytest.mark.rule("SUB-1")
def test_the_price_must_be_in_the_accounts_currency() -> None:
    refusal = refused(an_account(currency="EUR"), items=(NewItem(a_price().id),))
    assert (refusal.rule, refusal.kind, refusal.problems[0].field) == ("SUB-1", Kind.CONFLICT, "items.0.price")


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize("status", ["suspended", "pending_collection", "inactive"])
def test_only_an_active_account_takes_new_subscriptions(status: str) -> None:
    account = an_account()
    change_account_status(account.id, status)
    assert refused(account).rule == "ACC-3"


@pytest.mark.rule("SUB-1", "SUB-2")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_date": date(2025, 12, 31)}, "start_date"),
        ({"end_date": date(2025, 12, 31)}, "end_date"),
        ({"anchor": "moon"}, "anchor"),
        ({"number": "x" * 51}, "number"),
        ({"items": ()}, "items"),
        ({"items": (NewItem(999_999_999),)}, "items.0.price"),
        ({"account": 999_999_999}, "account"),
    ],
)
def test_what_makes_no_subscription_is_refused(changes: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in refused(an_account(), **changes).problems] == [field]


@pytest.mark.rule("SUB-1")
@pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity", "0.0000000000001"])
def test_a_quantity_is_a_plain_number_from_0(quantity: str) -> None:
    refusal = refused(an_account(), items=(NewItem(a_price().id, Decimal(quantity)),))
    assert [problem.field for problem in refusal.problems] == ["items.0.quantity"]


@pytest.mark.rule("CAT-1")
def test_a_product_that_is_not_sold_any_more_can_not_be_subscribed_to() -> None:
    price = a_price(product=a_product(active=False).id)
    assert refused(an_account(), items=(NewItem(price.id),)).rule == "CAT-1"


@pytest.mark.rule("ERR-1")
def test_all_problems_of_a_subscription_are_told_at_once() -> None:
    refusal = refused(
        an_account(),
        end_date=date(2025, 12, 31),
        anchor="moon",
        items=(NewItem(999_999_999, Decimal("-1")),),
        who_pays=WhoPaysChoice("parent"),
    )
    assert {problem.field for problem in refusal.problems} == {
        "end_date",
        "anchor",
        "items.0.price",
        "items.0.quantity",
        "who_pays.mode",
    }


@pytest.mark.rule("SUB-1")
def test_good_ones_are_created_whatever_the_others_are() -> None:
    account, item = an_account(), NewItem(a_price().id)
    subscribed(account, number="TAKEN")
    first, taken, twice, unknown, last = create_subscriptions(
        [
            NewSubscription(account.id, (item,), NEW_YEAR, number="ONE"),
            NewSubscription(account.id, (item,), NEW_YEAR, number="TAKEN"),
            NewSubscription(account.id, (item,), NEW_YEAR, number="ONE"),
            NewSubscription(999_999_999, (item,), NEW_YEAR),
            NewSubscription(account.id, (item,), NEW_YEAR),
        ]
    )
    assert isinstance(first, Subscription)
    assert isinstance(last, Subscription)
    assert [r.problems[0].field for r in (taken, twice, unknown) if isinstance(r, Refusal)] == [
        "number",
        "number",
        "account",
    ]
    assert set(account.subscriptions.values_list("number", flat=True)) == {"TAKEN", "ONE", last.number}


@pytest.mark.rule("SUB-1")
def test_a_generated_number_passes_over_one_that_was_given() -> None:
    account = an_account()
    earlier = int(subscribed(account).number.removeprefix("S-"))
    subscribed(account, number=f"S-{earlier + 1:06d}")
    assert subscribed(account).number == f"S-{earlier + 2:06d}"


def test_a_hundred_subscriptions_take_as_many_queries_as_one() -> None:
    parent = a_customer("Parent")
    account, item = account_of(a_customer("Child", parent=parent)), NewItem(a_price().id)
    new = NewSubscription(account.id, (item,), NEW_YEAR, who_pays=WhoPaysChoice("parent"))
    create_subscription(new)
    with CaptureQueriesContext(connection) as one:
        create_subscriptions([new])
    with CaptureQueriesContext(connection) as hundred:
        results = create_subscriptions([new] * 100)
    assert all(isinstance(result, Subscription) for result in results)
    assert len(hundred) == len(one)
