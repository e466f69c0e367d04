"""Change price or quantity of a subscription's items from a day on (SUB-5)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from banyan.catalog.models import Price
from banyan.engine.facts import PriceType
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.checks import check_price, check_quantity
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.locking import hold_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem
from banyan.subscriptions.terms import terms_in_force


def change_subscription(subscription_id: int, date: date, items: Sequence[ItemChange]) -> Subscription:
    """New terms from `date` on, until the next that are agreed for a later day; those of the same day are replaced.

    The day may lie in the past: the next run bills the difference. Refused: a day on which the subscription is not
    served, an item that is not the subscription's, a price of another type or currency.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        own = {item.id: item for item in subscription.items.select_related("price")}
        problems = Problems()
        _check_day(problems, subscription, date)
        _check_items(problems, subscription, items, own, date)
        problems.raise_if_any()
        in_force = terms_in_force([own[change.id] for change in items], date)
        ItemTerms.objects.bulk_create(
            [_terms(change, date, in_force[change.id]) for change in items],
            update_conflicts=True,
            unique_fields=["item", "since"],
            update_fields=["price", "quantity"],
        )
        mark_changed({change.id: date for change in items})
    return subscription


def _terms(change: ItemChange, since: date, in_force: tuple[int, Decimal]) -> ItemTerms:
    price, quantity = in_force
    return ItemTerms(
        item_id=change.id,
        since=since,
        price_id=price if change.price is None else change.price,
        quantity=quantity if change.quantity is None else change.quantity,
    )


def _check_day(problems: Problems, subscription: Subscription, day: date) -> None:
    ended = subscription.end_date is not None and day >= subscription.end_date
    if day < subscription.start_date or ended:
        served = f"from {subscription.start_date}"
        if subscription.end_date is not None:
            served += f" until before {subscription.end_date}"
        message = f"subscription {subscription.number} is served {served}; {day} is not in it"
        problems.add("date", "not_served", message, "SUB-5", day, Kind.CONFLICT)


def _check_items(
    problems: Problems,
    subscription: Subscription,
    changes: Sequence[ItemChange],
    own: dict[int, SubscriptionItem],
    day: date,
) -> None:
    if not changes:
        problems.add("items", "required", "name the items that change", "SUB-5")
    prices = Price.objects.select_related("product").in_bulk({c.price for c in changes if c.price is not None})
    seen: set[int] = set()
    for number, change in enumerate(changes):
        field = f"items.{number}"
        if change.id not in own or change.id in seen:
            message = "the subscription has no such item" if change.id not in own else "the item is named twice"
            problems.add(f"{field}.id", "unknown" if change.id not in own else "twice", message, "SUB-5", change.id)
        seen.add(change.id)
        _check_change(problems, field, change, subscription, prices)
        if change.id in own:
            _check_types(problems, field, change, own[change.id], prices, day > subscription.start_date)


def _check_change(
    problems: Problems,
    field: str,
    change: ItemChange,
    subscription: Subscription,
    prices: dict[int, Price],
) -> None:
    if change.price is None and change.quantity is None:
        problems.add(field, "required", "give a new price, a new quantity or both", "SUB-5")
    check_quantity(problems, f"{field}.quantity", change.quantity)
    if change.price is not None:
        check_price(problems, f"{field}.price", change.price, prices, subscription.account)


def _check_types(
    problems: Problems,
    field: str,
    change: ItemChange,
    item: SubscriptionItem,
    prices: dict[int, Price],
    after_start: bool,
) -> None:
    if item.price.type == PriceType.ONE_TIME and after_start:
        message = "a one-time item is charged on the subscription's start and can't change after it"
        problems.add(f"{field}.id", "charged_once", message, "SUB-5", change.id, Kind.CONFLICT)
    if change.price in prices and prices[change.price].type != item.price.type:
        message = f"the item has a {item.price.type} price; {prices[change.price].type} can't replace it"
        problems.add(f"{field}.price", "other_type", message, "CAT-1", change.price, Kind.CONFLICT)
