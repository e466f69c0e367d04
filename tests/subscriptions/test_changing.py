"""Cancelling, changing and charging, and how billing is told of it (SUB-5, SUB-7, ACC-3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge, create_charges
from banyan.subscriptions.inputs import ItemChange, NewCharge
from banyan.subscriptions.models import Charge, Subscription, SubscriptionItem
from banyan.subscriptions.terms import terms_in_force
from tests.business import (
    NEW_YEAR,
    a_bill_cycle,
    a_meter,
    a_price,
    a_product,
    an_account,
    billed_so_far,
    subscribed,
)

pytestmark = pytest.mark.usefixtures("tenant")

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


def item_of(subscription: Subscription) -> SubscriptionItem:
    return SubscriptionItem.objects.get(subscription=subscription)


def refusal_of_change(subscription: Subscription, day: date, *changes: ItemChange) -> Refusal:
    with pytest.raises(Refusal) as caught:
        change_subscription(subscription.id, day, changes)
    return caught.value


def refusal_of_cancellation(subscription: Subscription, day: date) -> Refusal:
    with pytest.raises(Refusal) as caught:
        cancel_subscription(subscription.id, day)
    return caught.value


@pytest.mark.rule("SUB-5", "DAT-1")
def test_a_cancellation_ends_the_subscription_and_tells_billing_from_which_day() -> None:
    subscription = subscribed(an_account())
    cancelled = cancel_subscription(subscription.id, date(2026, 2, 15))
    item = item_of(subscription)
    assert (cancelled.end_date, cancelled.cancelled_at is not None) == (date(2026, 2, 14), True)
    assert (item.changed_from, item.keep_until, item.revision) == (date(2026, 2, 15), None, 1)


@pytest.mark.rule("SUB-5")
def test_a_cancellation_can_be_moved_and_billing_looks_at_everything_in_between() -> None:
    subscription = subscribed(an_account())
    cancel_subscription(subscription.id, date(2026, 2, 15))
    cancel_subscription(subscription.id, MARCH)
    assert (item_of(subscription).changed_from, item_of(subscription).revision) == (date(2026, 2, 15), 2)
    cancel_subscription(subscription.id, FEBRUARY)
    assert item_of(subscription).changed_from == FEBRUARY


@pytest.mark.rule("SUB-5")
def test_a_cancellation_that_changes_nothing_or_lies_outside_is_refused() -> None:
    subscription = subscribed(an_account(), start_date=FEBRUARY, end_date=date(2026, 2, 28))
    assert refusal_of_cancellation(subscription, date(2026, 1, 31)).problems[0].code == "before_start"
    assert refusal_of_cancellation(subscription, MARCH).problems[0].code == "already_ends"
    assert refusal_of_cancellation(subscription, date(2026, 3, 2)).problems[0].code == "after_end"
    cancel_subscription(subscription.id, FEBRUARY)
    assert refusal_of_cancellation(subscription, FEBRUARY).rule == "SUB-5"


@pytest.mark.rule("SUB-5")
def test_without_proration_the_month_under_way_stays_charged() -> None:
    subscription = subscribed(an_account())
    billed_so_far(subscription, MARCH)
    cancel_subscription(subscription.id, date(2026, 2, 15), prorate=False)
    assert item_of(subscription).keep_until == MARCH


@pytest.mark.rule("SUB-5")
def test_without_proration_everything_billed_in_advance_stays_charged() -> None:
    subscription = subscribed(an_account())
    billed_so_far(subscription, date(2026, 4, 1))
    cancel_subscription(subscription.id, date(2026, 2, 15), prorate=False)
    assert item_of(subscription).keep_until == date(2026, 4, 1)
    cancel_subscription(subscription.id, date(2026, 2, 16))
    assert item_of(subscription).keep_until is None


@pytest.mark.rule("SUB-5")
def test_without_proration_a_month_that_has_not_begun_is_not_charged() -> None:
    subscription = subscribed(an_account())
    billed_so_far(subscription, MARCH)
    cancel_subscription(subscription.id, MARCH, prorate=False)
    assert item_of(subscription).keep_until is None


@pytest.mark.rule("SUB-2", "SUB-5")
def test_without_proration_the_month_under_way_is_counted_from_the_anchor() -> None:
    subscription = subscribed(an_account(), start_date=date(2026, 1, 10), anchor="start_date")
    cancel_subscription(subscription.id, date(2026, 2, 15), prorate=False)
    assert item_of(subscription).keep_until == date(2026, 3, 10)


@pytest.mark.rule("SUB-5")
def test_what_is_charged_in_arrears_is_prorated_in_any_case() -> None:
    subscription = subscribed(an_account(), a_price(timing="in_arrears"))
    cancel_subscription(subscription.id, date(2026, 2, 15), prorate=False)
    assert item_of(subscription).keep_until is None


@pytest.mark.rule("SUB-5")
def test_new_terms_hold_from_their_day_and_those_of_one_day_are_replaced() -> None:
    subscription, dearer = subscribed(an_account()), a_price("20")
    item = item_of(subscription)
    change_subscription(subscription.id, date(2026, 2, 15), [ItemChange(item.id, quantity=Decimal(3))])
    change_subscription(subscription.id, date(2026, 2, 15), [ItemChange(item.id, price=dearer.id)])
    (terms,) = item.later_terms.all()
    assert (terms.since, terms.price_id, terms.quantity) == (date(2026, 2, 15), dearer.id, 3)
    assert (item_of(subscription).changed_from, item_of(subscription).revision) == (date(2026, 2, 15), 2)


@pytest.mark.rule("SUB-8")
def test_seats_that_are_added_before_a_price_that_is_agreed_are_still_there_with_it() -> None:
    subscription, dearer = subscribed(an_account()), a_price("20")
    item = item_of(subscription)
    change_subscription(subscription.id, MARCH, [ItemChange(item.id, price=dearer.id)])
    change_subscription(subscription.id, FEBRUARY, [ItemChange(item.id, quantity=Decimal(5))])
    assert [(t.since, t.price_id, t.quantity) for t in item.later_terms.order_by("since")] == [
        (FEBRUARY, None, 5),
        (MARCH, dearer.id, None),
    ]
    assert terms_in_force([item], MARCH) == {item.id: (dearer.id, 5)}


@pytest.mark.rule("SUB-1", "SUB-5")
def test_a_change_outside_the_subscription_or_to_an_unfit_price_is_refused() -> None:
    subscription = subscribed(an_account(), end_date=date(2026, 2, 28))
    item = item_of(subscription).id
    more = ItemChange(item, Decimal(2))
    euros, usage = a_price(currency="EUR"), a_price(type="usage", meter=a_meter().id)
    assert refusal_of_change(subscription, date(2025, 12, 31), more).problems[0].code == "not_served"
    assert refusal_of_change(subscription, MARCH, more).rule == "SUB-5"
    assert refusal_of_change(subscription, FEBRUARY, ItemChange(item, price=euros.id)).rule == "SUB-1"
    assert refusal_of_change(subscription, FEBRUARY, ItemChange(item, price=usage.id)).rule == "CAT-1"
    assert refusal_of_change(subscription, FEBRUARY).problems[0].field == "items"
    faulty = refusal_of_change(
        subscription, FEBRUARY, ItemChange(item), ItemChange(999_999_999, Decimal(1)), ItemChange(item, Decimal(1))
    )
    assert [problem.field for problem in faulty.problems] == ["items.0", "items.1.id", "items.2.id"]


@pytest.mark.rule("SUB-5")
def test_a_one_time_item_can_not_change_after_its_charge() -> None:
    subscription = subscribed(an_account(), a_price(type="one_time"))
    change = ItemChange(item_of(subscription).id, Decimal(2))
    assert refusal_of_change(subscription, FEBRUARY, change).problems[0].code == "charged_once"
    change_subscription(subscription.id, NEW_YEAR, [change])


def test_an_unknown_subscription_can_be_neither_changed_nor_cancelled() -> None:
    with pytest.raises(Refusal) as caught:
        cancel_subscription(999_999_999, FEBRUARY)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("ACC-3")
def test_closing_and_reopening_an_account_tells_billing_from_the_day_after_its_last() -> None:
    account = an_account()
    subscription = subscribed(account)
    change_account_status(account.id, "suspended")
    assert item_of(subscription).changed_from is None
    change_account_status(account.id, "inactive", date(2026, 2, 14))
    assert (item_of(subscription).changed_from, item_of(subscription).revision) == (date(2026, 2, 15), 1)
    change_account_status(account.id, "active")
    assert (item_of(subscription).changed_from, item_of(subscription).revision) == (date(2026, 2, 15), 2)


@pytest.mark.rule("SUB-7")
def test_a_charge_may_be_a_credit_and_is_in_the_accounts_currency() -> None:
    yen = an_account(currency="JPY")
    assert create_charge(NewCharge(yen.id, "Goodwill", Decimal("-500"), FEBRUARY)).amount == -500
    product = a_product()
    charge = create_charge(NewCharge(yen.id, "Visit", Decimal("900"), FEBRUARY, product.id))
    assert (charge.product_id, charge.billed) == (product.id, False)
    for amount in ("0", "0.5", "NaN", "1e16"):
        with pytest.raises(Refusal) as caught:
            create_charge(NewCharge(yen.id, "Visit", Decimal(amount), FEBRUARY))
        assert (caught.value.rule, caught.value.problems[0].field) == ("SUB-7", "amount")


@pytest.mark.rule("ACC-3", "SUB-7")
def test_an_inactive_account_is_charged_nothing_later_and_good_charges_stand_whatever_the_others_are() -> None:
    closed, account = an_account(), an_account()
    change_account_status(closed.id, "inactive", FEBRUARY - timedelta(days=1))
    good, *bad = create_charges(
        [
            NewCharge(account.id, "Visit", Decimal("20.00"), FEBRUARY),
            NewCharge(closed.id, "Visit", Decimal("20.00"), FEBRUARY),
            NewCharge(999_999_999, "", Decimal("20.00"), FEBRUARY, 999_999_999),
        ]
    )
    assert isinstance(good, Charge)
    assert Charge.objects.get().id == good.id
    assert [refusal.rule for refusal in bad if isinstance(refusal, Refusal)] == ["ACC-3", "SUB-7"]
    assert [p.field for p in bad[1].problems] == ["account", "description", "product"]


@pytest.mark.rule("SUB-2")
def test_periods_follow_the_bill_cycle_of_the_subscriptions_own_account() -> None:
    account = an_account()
    cycle = a_bill_cycle()
    cycle.start_date = date(2025, 12, 20)
    cycle.save()
    Account.objects.filter(pk=account.pk).update(bill_cycle=cycle)
    subscription = subscribed(account)
    cancel_subscription(subscription.id, date(2026, 2, 15), prorate=False)
    assert item_of(subscription).keep_until == date(2026, 2, 20)
