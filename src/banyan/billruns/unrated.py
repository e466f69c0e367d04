"""Usage that no price covers (USE-4): by account, meter and day, until an item is there that charges it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from banyan.billruns.rows import array, rows
from banyan.organizations.reach import current_reach
from banyan.subscriptions.usage_once import DaysOfUsage, days_of_usage
from banyan.usage.days import AccountDays, days_of

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

# By quarters of an hour, at which days of every time zone begin.
NOT_COVERED = """
SELECT asked.meter_id, asked.account_id, date_bin('15 minutes', event.at, '2000-01-01Z'), count(*), sum(event.quantity)
FROM unnest(%(meters)s::bigint[], %(accounts)s::bigint[], %(open)s::text[]::tstzmultirange[])
    AS asked(meter_id, account_id, not_covered)
CROSS JOIN LATERAL unnest(asked.not_covered) AS stretch
JOIN usage_usageevent event ON event.meter_id = asked.meter_id AND event.account_id = asked.account_id
    AND event.at >= coalesce(lower(stretch), '-infinity') AND event.at < coalesce(upper(stretch), 'infinity')
WHERE event.subscription_id IS NULL OR NOT EXISTS (
    SELECT FROM unnest(%(named_meters)s::bigint[], %(named)s::bigint[], %(starts)s::timestamptz[],
                       %(ends)s::timestamptz[]) AS own(meter_id, subscription_id, start, until)
    WHERE own.meter_id = event.meter_id AND own.subscription_id = event.subscription_id
      AND event.at >= own.start AND event.at < own.until)
GROUP BY 1, 2, 3
"""
LATEST = date(9990, 1, 1)


@dataclass(frozen=True, slots=True)
class UnratedDay:
    """What no price covers of an account's events of a day: how many they are, and their quantities added up."""

    account_id: int
    meter_id: int
    day: date
    events: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Unrated:
    """Some days, in order of meter, account and day, and how far was looked: None is to the end."""

    days: tuple[UnratedDay, ...]
    looked_until: Place | None


def unrated_usage(after: Place, most: int, account_id: int | None = None) -> Unrated:
    """The unrated days of the next pairs of meter and account that are in reach; at most `most` pairs are looked at."""
    sql = PLACES if account_id is None else PLACES_OF_ACCOUNT
    found = rows(sql, meter=after[0], account=after[1], most=most, of=account_id)
    places: list[Place] = [(meter, account) for meter, account in found]
    looked_until = places[-1] if len(places) == most else None
    within = _in_reach({account for _, account in places})
    return Unrated(tuple(_days([place for place in places if place[1] in within])), looked_until)


def _in_reach(accounts: Collection[int]) -> Collection[int]:
    organizations = current_reach().organizations
    if organizations is None or not accounts:
        return accounts
    found = rows(IN_REACH, ids=array(accounts), organizations=array(organizations))
    return {account for (account,) in found}


def _days(places: Collection[Place]) -> Iterator[UnratedDay]:
    if not places:
        return
    accounts = {account for _, account in places}
    calendars, charged = days_of(accounts), days_of_usage(accounts)
    named = [
        (one.meter, one.subscription, *_moments(one, calendars[account]))
        for account in accounts
        for one in charged.get(account, ())
        if one.named
    ]
    found: dict[tuple[int, int, date], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for meter, account, quarter, events, quantity in rows(
        NOT_COVERED,
        meters=array(meter for meter, _ in places),
        accounts=array(account for _, account in places),
        open=[_not_covered(place, charged, calendars[place[1]]) for place in places],
        named_meters=[one[0] for one in named],
        named=[one[1] for one in named],
        starts=[one[2] for one in named],
        ends=[one[3] for one in named],
    ):
        key = meter, account, calendars[account].day_of(quarter)
        found[key] = found[key][0] + events, found[key][1] + quantity
    for (meter, account, day), (events, quantity) in sorted(found.items()):
        yield UnratedDay(account, meter, day, events, quantity)


def _not_covered(place: Place, charged: Mapping[int, Iterable[DaysOfUsage]], calendar: AccountDays) -> str:
    """The moments, as PostgreSQL reads a set of them, that no item for all events of the meter covers."""
    meter, account = place
    stretches = sorted(
        _moments(one, calendar) for one in charged.get(account, ()) if one.meter == meter and not one.named
    )
    open_from: datetime | None = None
    ranges = []
    for start, end in stretches:
        if open_from is None or start > open_from:
            ranges.append(f"[{open_from.isoformat() if open_from else ''},{start.isoformat()})")
        open_from = end if open_from is None else max(open_from, end)
    ranges.append(f"[{open_from.isoformat() if open_from else ''},)")
    return "{" + ",".join(ranges) + "}"


def _moments(one: DaysOfUsage, calendar: AccountDays) -> tuple[datetime, datetime]:
    return calendar.begin(one.start), calendar.begin(one.until or LATEST)
