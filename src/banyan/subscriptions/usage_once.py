"""The same usage is not charged twice (USE-5): no two usage items of an account for one meter and product on one day.

Whoever writes items, prices or days of them asks here, before or after, within the transaction; triggers refuse what
comes by another way. An item that rates only events which name its subscription stands beside one that rates the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from banyan.catalog.models import Price
from banyan.engine.facts import PriceType
from banyan.kernel.refusals import Kind, Problems

HOLD = "SELECT pg_advisory_xact_lock(hashtext('usage_once'), slot) FROM unnest(%s::int[]) AS slot ORDER BY slot"
SLOTS = 64
"""Who adds usage to the same account waits for the other; so many accounts at most are told apart."""

DAYS_OF_USAGE = """
WITH own AS (
    SELECT item.id, subscription.account_id, item.subscription_id, subscription.number, item.named_only, item.price_id,
           coalesce(item.start_date, subscription.start_date) AS start,
           least(subscription.ends_before, item.ends_before) AS until
    FROM subscriptions_subscription subscription
    JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
    WHERE {which}
), agreed AS (
    SELECT id, start AS since, price_id, DATE '-infinity' AS written FROM own
    UNION ALL
    SELECT own.id, greatest(terms.since, own.start), terms.price_id, terms.since
    FROM own JOIN subscriptions_itemterms terms ON terms.item_id = own.id AND terms.price_id IS NOT NULL
), dated AS (
    SELECT id, since, price_id, lead(since) OVER (PARTITION BY id ORDER BY since, written) AS replaced FROM agreed
)
SELECT own.id, own.account_id, own.subscription_id, own.number, own.named_only, price.meter_id, price.product_id,
       dated.since, least(dated.replaced, own.until) AS until
FROM dated JOIN own USING (id) JOIN catalog_price price ON price.id = dated.price_id AND price.type = 'usage'
WHERE dated.since < coalesce(least(dated.replaced, own.until), 'infinity')
"""
OF_ACCOUNTS = DAYS_OF_USAGE.format(which="subscription.account_id = ANY(%s)")


@dataclass(frozen=True, slots=True)
class DaysOfUsage:
    """From when until before when (None: without end) an item charges usage of a meter for a product. `named`: of
    events alone that name its subscription.
    """

    item: int | None
    account: int
    subscription: int | None
    label: str
    named: bool
    meter: int | None
    product: int
    start: date
    until: date | None

    def charges_again(self, other: "DaysOfUsage") -> bool:
        """Whether both charge the same usage on some day."""
        if (self.account, self.meter, self.product) != (other.account, other.meter, other.product):
            return False
        if self.named != other.named or (self.named and self.subscription != other.subscription):
            return False
        return (other.until is None or self.start < other.until) and (self.until is None or other.start < self.until)


def lock_usage_of(account_ids: Iterable[int]) -> None:
    """Nobody else adds usage items to these accounts until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted({account % SLOTS for account in account_ids})])


def days_of_usage(account_ids: Collection[int]) -> Mapping[int, list[DaysOfUsage]]:
    """The days on which the items of accounts charge usage, by account."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OF_ACCOUNTS, [list(account_ids)])
        for item, account, subscription, number, *rest in cursor.fetchall():
            label = f"an item of subscription {number}"
            found[account].append(DaysOfUsage(item, account, subscription, label, *rest))
    return found


def is_usage(price: Price | None) -> bool:
    """Whether a price, if there is one, charges usage."""
    return price is not None and price.type == PriceType.USAGE


def check_named_only(problems: Problems, field: str, named_only: bool, price: Price | None) -> None:
    """USE-5: only usage can be that of named events alone."""
    if named_only and price is not None and not is_usage(price):
        message = f"a {price.type} price charges no events; named_only is for usage prices"
        problems.add(field, "no_usage", message, "USE-5", named_only)


def check_charged_once(problems: Problems, field: str, new: DaysOfUsage, others: Iterable[DaysOfUsage]) -> None:
    """Refuse, at `field`, days on which one of the others charges the same usage."""
    twice = next((other for other in others if new.charges_again(other)), None)
    if twice is not None:
        first = max(new.start, twice.start)
        ends = [end for end in (new.until, twice.until) if end is not None]
        until = f" to {min(ends) - timedelta(days=1)}" if ends else " on"
        how = "name events and set named_only" if not new.named else "give one of them another subscription"
        message = f"{twice.label} charges the same usage of this product from {first}{until}; end it, or {how}"
        problems.add(field, "charged_twice", message, "USE-5", twice.label, Kind.CONFLICT)


def refuse_charged_twice(account_id: int, subscription_id: int, field: str) -> None:
    """To be asked after writing items, prices or days of a subscription: refused when usage is charged twice now."""
    days = days_of_usage([account_id]).get(account_id, [])
    if not any(one.subscription == subscription_id for one in days):
        return
    lock_usage_of([account_id])
    days = days_of_usage([account_id]).get(account_id, [])
    problems = Problems()
    for one in days:
        if one.subscription == subscription_id and not problems.found:
            check_charged_once(problems, field, one, (other for other in days if other.item != one.item))
    problems.raise_if_any()
