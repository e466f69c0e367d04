"""Change price or quantity of a subscription's items from a day on (SUB-5, SUB-8)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from banyan.catalog.models import Price
from banyan.engine.facts import PriceType
from banyan.kernel.decimals import is_plain
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.checks import check_price, check_quantity, check_served
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem
from banyan.subscriptions.terms import keep_what_changes, terms_in_force
from banyan.subscriptions.usage_once import refuse_charged_twice


def change_subscription(subscription_id: int, date: date, items: Sequence[ItemChange]) -> Subscription:
    """New terms from `date` on: price, quantity or both, each until the next that is agreed for a later day.

    What is agreed for later days stays, and so does what is agreed for the same day about the other of the two. What
    holds on the day already is no change: nothing is written or billed. Nor is what is agreed for a later day any more,
    if it would hold by then anyway. The day may lie in the past: the next run bills the difference. Refused: a day on
    which the subscription is not served, an item that is not the subscription's, a price of another type or currency, a
    quantity that comes to less than 0.
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        own = {item.id: item for item in subscription.items.select_related("price")}
        in_force = terms_in_force(list(own.values()), date)
        problems = Problems()
        check_served(problems, subscription, date, "SUB-5")
        _check_items(problems, subscription, items, own, date)
        _check_sums(problems, items, in_force)
        problems.raise_if_any()
        changed = [change.id for change in items if _agree(change, date, in_force[change.id])]
        keep_what_changes(own[item] for item in changed)
        if any(change.price is not None for change in items):
            refuse_charged_twice(subscription.account_id, subscription.id, "items")
        mark_changed(dict.fromkeys(changed, date))
    return subscription


def _agree(change: ItemChange, since: date, in_force: tuple[int, Decimal]) -> bool:
    """Write what the change names and does not hold already; whether there is any such thing."""
    price, quantity = in_force
    new: dict[str, object] = {}
    if change.price is not None and change.price != price:
        new["price_id"] = change.price
    wanted = change.quantity if change.add is None else quantity + change.add
    if wanted is not None and wanted != quantity:
        new["quantity"] = wanted
    if new:
        ItemTerms.objects.update_or_create(item_id=change.id, since=since, defaults=new)
    return bool(new)


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
            item = own[change.id]
            start = item.start_date or subscription.start_date
            _check_types(problems, field, change, item, prices, day > start)
            if day < start or (item.ends_before is not None and day >= item.ends_before):
                served = f"from {start}" + (f" to {item.end_date}" if item.ends_before else "")
                message = f"the item is served {served}; {day} is not in it"
                problems.add(f"{field}.id", "not_served", message, "SUB-9", change.id, Kind.CONFLICT)


def _check_change(
    problems: Problems,
    field: str,
    change: ItemChange,
    subscription: Subscription,
    prices: dict[int, Price],
) -> None:
    if change.price is None and change.quantity is None and change.add is None:
        problems.add(field, "required", "give a new price, a new quantity or both", "SUB-8")
    if change.quantity is not None and change.add is not None:
        message = "give the new quantity or what is added to it, not both"
        problems.add(f"{field}.add", "twice", message, "API-7", change.add)
    check_quantity(problems, f"{field}.quantity", change.quantity)
    if change.add is not None and not is_plain(change.add):
        message = f"{change.add} is not a number with at most 12 decimals"
        problems.add(f"{field}.add", "not_plain", message, "API-7", change.add)
    if change.price is not None:
        check_price(problems, f"{field}.price", change.price, prices, subscription.account)


def _check_sums(problems: Problems, changes: Sequence[ItemChange], in_force: Mapping[int, tuple[int, Decimal]]) -> None:
    """What is added comes to a quantity that there can be."""
    for number, change in enumerate(changes):
        if change.add is None or change.id not in in_force or not is_plain(change.add):
            continue
        quantity = in_force[change.id][1] + change.add
        if quantity < 0 or not is_plain(quantity):
            message = f"{in_force[change.id][1].normalize():f} and {change.add} are {quantity.normalize():f}; "
            message += "a quantity is 0 or more"
            problems.add(f"items.{number}.add", "out_of_range", message, "API-7", change.add)


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
