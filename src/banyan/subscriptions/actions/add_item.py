"""Add an item to a subscription, from a day on (SUB-9)."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from banyan.accounts.today import today
from banyan.catalog.models import Price
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.checks import MOST_ITEMS, check_price, check_quantity, check_served
from banyan.subscriptions.inputs import NewItem
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_siblings_changed
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.subscriptions.usage_once import (
    DaysOfUsage,
    check_charged_once,
    check_named_only,
    days_of_usage,
    is_usage,
    lock_usage_of,
)


@transaction.atomic
def add_item(
    subscription_id: int, new: NewItem, start_date: date | None = None, ends_before: date | None = None
) -> SubscriptionItem:
    """One more item, charged from `start_date` on (default today, or the subscription's start while that is to come).

    Its periods are those of the subscription's other items (SUB-2). `ends_before`: the first day on which it is no
    longer served, None: it goes on with the others. Refused: a day on which the subscription is not served, an end
    before the start or after that of the subscription, and whatever a new subscription's item is refused for.
    """
    subscription = lock_subscription(subscription_id)
    start = start_date or max(today(subscription.account.owner_id), subscription.start_date)
    problems = Problems()
    check_served(problems, subscription, start, "SUB-9", "start_date")
    _check_end(problems, subscription, start, ends_before)
    check_quantity(problems, "quantity", new.quantity)
    prices = Price.objects.select_related("product").in_bulk([new.price])
    check_price(problems, "price", new.price, prices, subscription.account)
    _check_usage(problems, subscription, new, prices.get(new.price), start, ends_before)
    if subscription.items.count() >= MOST_ITEMS:
        message = f"a subscription has at most {MOST_ITEMS} items"
        problems.add("price", "too_many_items", message, "SUB-1", kind=Kind.CONFLICT)
    problems.raise_if_any()
    item = SubscriptionItem.objects.create(
        subscription=subscription,
        price=prices[new.price],
        quantity=Decimal(1) if new.quantity is None else new.quantity,
        start_date=start,
        ends_before=ends_before,
        named_only=new.named_only,
    )
    mark_siblings_changed({item.id: start})
    return item


def _check_end(problems: Problems, subscription: Subscription, start: date, end: date | None) -> None:
    if end is not None and end < start:
        problems.add("until", "before_start", f"{end} is before the item's start, {start}", "SUB-9", end, Kind.CONFLICT)
    if end is not None and subscription.ends_before is not None and end > subscription.ends_before:
        message = f"{end} is after {subscription.end_date}, the last day of the subscription"
        problems.add("until", "after_end", message, "SUB-9", end, Kind.CONFLICT)


def _check_usage(
    problems: Problems, subscription: Subscription, new: NewItem, price: Price | None, start: date, end: date | None
) -> None:
    """USE-5."""
    check_named_only(problems, "named_only", new.named_only, price)
    if price is None or not is_usage(price):
        return
    account = subscription.account_id
    lock_usage_of([account])
    until = min((day for day in (end, subscription.ends_before) if day is not None), default=None)
    days = DaysOfUsage(
        *(None, account, subscription.id, "this item", new.named_only),
        *(price.meter_id, price.product_id, start, until),
    )
    if until is None or start < until:
        check_charged_once(problems, "price", days, days_of_usage([account]).get(account, []))
