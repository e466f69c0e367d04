"""What the fields of subscriptions, their changes and charges may hold."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from banyan.accounts.models import Account, AccountStatus
from banyan.catalog.models import Price
from banyan.kernel.decimals import is_plain
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import fault_of
from banyan.subscriptions.inputs import NewSubscription
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.usage_once import check_named_only

ANCHORS = ("cycle", "start_date")
MOST_ITEMS = 1000


def check_subscription(
    problems: Problems, new: NewSubscription, start: date, account: Account | None, prices: Mapping[int, Price]
) -> None:
    """SUB-1, SUB-2, ACC-3: everything about a new subscription but its number and who pays."""
    if account is None:
        problems.add("account", "unknown", "there is no such account", "SUB-1", new.account)
    else:
        _check_account(problems, account, start)
    if new.end_date is not None and new.end_date < start:
        message = f"end_date {new.end_date}, the last day, is before the start date {start}"
        problems.add("end_date", "before_start", message, "DAT-1", new.end_date)
    if new.anchor is not None and new.anchor not in ANCHORS:
        message = f"anchor {new.anchor!r} is none of {', '.join(ANCHORS)}"
        problems.add("anchor", "not_a_choice", message, "SUB-2", new.anchor)
    if new.number is not None and (fault := fault_of(new.number, 50)):
        problems.add("number", "unreadable", f"number {fault}", "SUB-1", new.number)
    if not 1 <= len(new.items) <= MOST_ITEMS:
        problems.add(
            "items", "out_of_range", f"{len(new.items)} items; give 1 to {MOST_ITEMS}", "SUB-1", len(new.items)
        )
    for number, item in enumerate(new.items):
        check_quantity(problems, f"items.{number}.quantity", item.quantity)
        check_price(problems, f"items.{number}.price", item.price, prices, account)
        check_named_only(problems, f"items.{number}.named_only", item.named_only, prices.get(item.price))


def _check_account(problems: Problems, account: Account, start: date) -> None:
    if account.status != AccountStatus.ACTIVE:
        message = f"account {account.number} is {account.status}; only an active account takes new subscriptions"
        problems.add("account", "account_not_active", message, "ACC-3", account.number, Kind.CONFLICT)
    if start < account.start_date:
        message = f"start_date {start} is before the account's own, {account.start_date}"
        problems.add("start_date", "before_account", message, "SUB-1", start)


def check_served(problems: Problems, subscription: Subscription, day: date, rule: str, field: str = "date") -> None:
    """A day on which the subscription is served."""
    ended = subscription.ends_before is not None and day >= subscription.ends_before
    if day < subscription.start_date or ended:
        served = f"from {subscription.start_date}"
        if subscription.end_date is not None:
            served += f" to {subscription.end_date}"
        message = f"subscription {subscription.number} is served {served}; {day} is not in it"
        problems.add(field, "not_served", message, rule, day, Kind.CONFLICT)


def check_quantity(problems: Problems, field: str, quantity: Decimal | None) -> None:
    """A plain number, 0 or more."""
    if quantity is None:
        return
    if not is_plain(quantity):
        message = f"quantity {quantity} is not a number with at most 12 decimals"
        problems.add(field, "not_plain", message, "SUB-1", quantity)
    elif quantity < 0:
        problems.add(field, "negative", f"quantity {quantity} must be 0 or more", "SUB-1", quantity)


def check_price(
    problems: Problems, field: str, price_id: int, prices: Mapping[int, Price], account: Account | None
) -> None:
    """A known price of a product that is sold, in the account's currency (SUB-1)."""
    price = prices.get(price_id)
    if price is None:
        problems.add(field, "unknown", "there is no such price", "SUB-1", price_id)
        return
    if not price.product.active:
        message = f"product {price.product.code} is not sold any more"
        problems.add(field, "inactive_product", message, "CAT-1", price.product.code, Kind.CONFLICT)
    if account is not None and price.currency != account.currency:
        message = f"the price is in {price.currency}; account {account.number} needs {account.currency}"
        problems.add(field, "other_currency", message, "SUB-1", price.currency, Kind.CONFLICT)
