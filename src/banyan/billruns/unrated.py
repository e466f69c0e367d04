"""Usage that no price covers (USE-4): by account, meter and day, with the reason, until an item charges it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from banyan.billruns.rows import rows
from banyan.foundation.arrays import array
from banyan.organizations.access_scope import current_access_scope
from banyan.subscriptions.usage_once import DaysOfUsage, days_of_usage
from banyan.usage.days import days_of

Place = tuple[int, int]
"""A meter and an account."""

# Each pair with usage is one step along the index that usage is added up with.
PLACES = """
WITH RECURSIVE used(meter_id, account_id) AS (
    (SELECT meter_id, account_id FROM usage_usageevent
     WHERE (meter_id, account_id) > (%(meter)s, %(account)s) ORDER BY meter_id, account_id LIMIT 1)
    UNION ALL
    SELECT following.* FROM used, LATERAL (
        SELECT event.meter_id, event.account_id FROM usage_usageevent event
        WHERE (event.meter_id, event.account_id) > (used.meter_id, used.account_id)
        ORDER BY event.meter_id, event.account_id LIMIT 1) AS following
)
SELECT meter_id, account_id FROM used LIMIT %(most)s
"""

PLACES_OF_ACCOUNT = """
SELECT meter.id, %(of)s::bigint FROM catalog_meter meter
WHERE (meter.id, %(of)s::bigint) > (%(meter)s, %(account)s) AND EXISTS (
    SELECT FROM usage_usageevent event WHERE event.meter_id = meter.id AND event.account_id = %(of)s)
ORDER BY meter.id LIMIT %(most)s
"""

IN_REACH = "SELECT id FROM accounts_account WHERE id = ANY(%(ids)s) AND organization_id = ANY(%(organizations)s)"

# What stops items for a while, or for good: SUB-9, ACC-3.
NOT_SERVED = """
SELECT subscription.account_id, subscription.id, lower(pause.during), upper(pause.during), 'paused'
FROM subscriptions_subscriptionpause pause JOIN subscriptions_subscription subscription
    ON subscription.id = pause.subscription_id
WHERE subscription.account_id = ANY(%(accounts)s)
UNION ALL
SELECT account_id, NULL, lower(during), upper(during), 'account_inactive' FROM subscriptions_billingpause
WHERE kind = 'inactive' AND account_id = ANY(%(accounts)s)
UNION ALL
SELECT id, NULL, inactive_since + 1, NULL, 'account_inactive' FROM accounts_account
WHERE inactive_since IS NOT NULL AND id = ANY(%(accounts)s)
"""

# By quarters of an hour, at which days of every time zone begin. A stretch is for the events that name a subscription,
# or, without one, for all but those that name one which has items for them (`apart`).
NOT_COVERED = """
SELECT asked.meter_id, asked.account_id, date_bin('15 minutes', event.at, '2000-01-01Z'), asked.reason, count(*),
       sum(event.quantity)
FROM unnest(%(meters)s::bigint[], %(accounts)s::bigint[], %(subscriptions)s::bigint[], %(starts)s::timestamptz[],
            %(ends)s::timestamptz[], %(reasons)s::text[])
    AS asked(meter_id, account_id, subscription_id, start, until, reason)
JOIN usage_usageevent event ON event.meter_id = asked.meter_id AND event.account_id = asked.account_id
    AND event.at >= asked.start AND event.at < asked.until
WHERE CASE WHEN asked.subscription_id IS NOT NULL THEN event.subscription_id = asked.subscription_id
      ELSE event.subscription_id IS NULL OR NOT EXISTS (
          SELECT FROM unnest(%(apart_meters)s::bigint[], %(apart)s::bigint[], %(apart_starts)s::timestamptz[],
                             %(apart_ends)s::timestamptz[]) AS apart(meter_id, subscription_id, start, until)
          WHERE apart.meter_id = event.meter_id AND apart.subscription_id = event.subscription_id
            AND event.at >= apart.start AND event.at < apart.until) END
GROUP BY 1, 2, 3, 4
"""
EARLIEST = date(1, 1, 3)
LATEST = date(9990, 1, 1)


class WhyUnrated(StrEnum):
    """Why nothing prices some usage: no item of the account charges it on the day; one would, but its subscription is
    paused (SUB-9); one would, but the account is inactive (ACC-3).
    """

    NO_ITEM = "no_item"
    PAUSED = "paused"
    ACCOUNT_INACTIVE = "account_inactive"


@dataclass(frozen=True, slots=True)
class UnratedDay:
    """What no price covers of an account's events of a day, and why: how many, and their quantities added up."""

    account_id: int
    meter_id: int
    day: date
    reason: WhyUnrated
    events: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Unrated:
    """Some days, in order of meter, account and day, and how far was looked: None is to the end."""

    days: tuple[UnratedDay, ...]
    looked_until: Place | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Days, the last not in (None: without end), on which the items of a subscription, or of all, are not served."""

    subscription: int | None
    start: date
    until: date | None
    reason: WhyUnrated


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which nothing prices the events that name `subscription`; None: those that name none with own items."""

    subscription: int | None
    start: date
    until: date
    reason: WhyUnrated


def unrated_usage(after: Place, most: int, account_id: int | None = None) -> Unrated:
    """The unrated days of the next pairs of meter and account that are in reach; at most `most` pairs are looked at."""
    sql = PLACES if account_id is None else PLACES_OF_ACCOUNT
    found = rows(sql, meter=after[0], account=after[1], most=most, of=account_id)
    places: list[Place] = [(meter, account) for meter, account in found]
    looked_until = places[-1] if len(places) == most else None
    within = _in_reach({account for _, account in places})
    return Unrated(tuple(_days([place for place in places if place[1] in within])), looked_until)


def _in_reach(accounts: Collection[int]) -> Collection[int]:
    organizations = current_access_scope().organizations
    if organizations is None or not accounts:
        return accounts
    found = rows(IN_REACH, ids=array(accounts), organizations=array(organizations))
    return {account for (account,) in found}


def _days(places: Collection[Place]) -> Iterator[UnratedDay]:
    if not places:
        return
    accounts = {account for _, account in places}
    calendars, charged, stops = days_of(accounts), days_of_usage(accounts), _stops(accounts)
    stretches = [
        (meter, account, stretch)
        for meter, account in places
        for stretch in _not_covered(
            [one for one in charged.get(account, ()) if one.meter == meter], stops.get(account, ())
        )
    ]
    apart = [(account, one) for account in accounts for one in charged.get(account, ()) if one.named]
    found: dict[tuple[int, int, date, WhyUnrated], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for meter, account, quarter, reason, events, quantity in rows(
        NOT_COVERED,
        meters=array(meter for meter, _, _ in stretches),
        accounts=array(account for _, account, _ in stretches),
        subscriptions=[stretch.subscription for _, _, stretch in stretches],
        starts=[calendars[account].begin(stretch.start) for _, account, stretch in stretches],
        ends=[calendars[account].begin(stretch.until) for _, account, stretch in stretches],
        reasons=[str(stretch.reason) for _, _, stretch in stretches],
        apart_meters=[one.meter for _, one in apart],
        apart=[one.subscription for _, one in apart],
        apart_starts=[calendars[account].begin(one.start) for account, one in apart],
        apart_ends=[calendars[account].begin(one.until or LATEST) for account, one in apart],
    ):
        key = meter, account, calendars[account].day_of(quarter), WhyUnrated(reason)
        found[key] = found[key][0] + events, found[key][1] + quantity
    for (meter, account, day, why), (events, quantity) in sorted(found.items()):
        yield UnratedDay(account, meter, day, why, events, quantity)


def _stops(accounts: Collection[int]) -> Mapping[int, Sequence[Stop]]:
    found = defaultdict(list)
    for account, subscription, start, until, reason in rows(NOT_SERVED, accounts=array(accounts)):
        found[account].append(Stop(subscription, start, until, WhyUnrated(reason)))
    return found


def _not_covered(items: Sequence[DaysOfUsage], stops: Sequence[Stop]) -> Iterator[Stretch]:
    """The days on which events of a meter are priced by nothing, given the account's items for that meter.

    Between two days on which anything begins or ends the answer is the same. An event that names a subscription with
    items for such events is not charged by another item of the same product, be they paused or not (USE-5).
    """
    days = {EARLIEST, LATEST}
    bounds = [*((one.start, one.until) for one in items), *((stop.start, stop.until) for stop in stops)]
    days |= {day for pair in bounds for day in pair if day is not None and EARLIEST < day < LATEST}
    for start, until in pairwise(sorted(days)):
        there = [one for one in items if one.start <= start and (one.until is None or start < one.until)]
        held = {one: _stopped(one, stops, start) for one in there}
        of_all = [one for one in there if not one.named]
        if all(held[one] for one in of_all):
            yield Stretch(None, start, until, _reason(held[one] for one in of_all))
        for subscription in {one.subscription for one in there if one.named}:
            own = [one for one in there if one.named and one.subscription == subscription]
            products = {one.product for one in own}
            others = [one for one in of_all if one.product not in products]
            if all(held[one] for one in (*own, *others)):
                yield Stretch(subscription, start, until, _reason(held[one] for one in own))


def _stopped(item: DaysOfUsage, stops: Iterable[Stop], day: date) -> WhyUnrated | None:
    """Why an item doesn't charge what is used on a day; None if it does."""
    reasons = {
        stop.reason
        for stop in stops
        if stop.subscription in (None, item.subscription)
        and stop.start <= day
        and (stop.until is None or day < stop.until)
    }
    return _reason(reasons) if reasons else None


def _reason(reasons: Iterable[WhyUnrated | None]) -> WhyUnrated:
    """The one that keeps most from being charged."""
    found = set(reasons)
    return next((one for one in (WhyUnrated.ACCOUNT_INACTIVE, WhyUnrated.PAUSED) if one in found), WhyUnrated.NO_ITEM)
