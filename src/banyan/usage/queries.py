"""How much was used in which period, and by whom at all."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from banyan.catalog.models import Meter
from banyan.usage.days import days_of
from banyan.usage.inputs import Key, Moments, UsageRequest
from banyan.usage.models import UsageCorrection, UsageEvent
from banyan.usage.scopes import Counted

LATEST_FIRST = "ORDER BY event.at DESC, event.received_at DESC, event.event_id DESC"
VALUE = "coalesce(event.properties->>'value', trim_scale(event.quantity)::text)"

# The outermost moments of all requests are constants of the statement, so that months outside aren't even looked at.
IN_STRETCHES = """
SELECT {aggregate} AS used FROM usage_usageevent event
WHERE event.account_id = asked.account_id AND event.meter_id = asked.meter_id
  AND event.at >= asked.start AND event.at < asked.until
  AND (asked.stretches IS NULL OR event.at <@ asked.stretches)
  AND event.at >= %(earliest)s AND event.at < %(latest)s{{of_whom}}
"""

# Only where an item is for named events: the index that usage is added up with doesn't hold what an event names.
OF_NAMED = """
  AND (asked.named IS NULL OR event.subscription_id = asked.named)
  AND (event.subscription_id IS NULL OR NOT EXISTS (
      SELECT FROM unnest(%(apart_places)s::bigint[], %(apart_subscriptions)s::bigint[], %(apart_starts)s::timestamptz[],
                         %(apart_ends)s::timestamptz[]) AS apart(place, subscription_id, start, until)
      WHERE apart.place = asked.place AND apart.subscription_id = event.subscription_id
        AND event.at >= apart.start AND event.at < apart.until))
"""

_USAGE = f"""
SELECT asked.place, greatest(0, round(coalesce(CASE meter.aggregation
    WHEN 'sum' THEN ({IN_STRETCHES.format(aggregate="sum(event.quantity)")})
    WHEN 'count' THEN ({IN_STRETCHES.format(aggregate="count(*)")})
    WHEN 'max' THEN ({IN_STRETCHES.format(aggregate="max(event.quantity)")})
    WHEN 'last' THEN ({IN_STRETCHES.format(aggregate="event.quantity")} {LATEST_FIRST} LIMIT 1)
    WHEN 'unique' THEN ({IN_STRETCHES.format(aggregate=f"count(DISTINCT {VALUE})")})
END, 0), meter.precision))
FROM unnest(%(accounts)s::bigint[], %(meters)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
            %(stretches)s::text[]::tstzmultirange[], %(named)s::bigint[])
    WITH ORDINALITY AS asked(account_id, meter_id, start, until, stretches, named, place)
JOIN catalog_meter meter ON meter.id = asked.meter_id
"""
USAGE = _USAGE.format(of_whom="")
USAGE_OF_NAMED = _USAGE.format(of_whom=OF_NAMED)

NO_MOMENT = Moments(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC))


def usage_in_periods(requests: Sequence[UsageRequest[Key]]) -> dict[Key, Decimal]:
    """USE-1: what each request comes to by its meter's aggregation, rounded half up to the meter's precision.

    0 where nothing was used, or less than nothing (USE-4). Of several last events at the same moment the one that came
    last counts. One query for any number of requests, and one for those where it matters what events name (USE-5).
    """
    of_all = [request for request in requests if request.named is None and not request.apart]
    of_named = [request for request in requests if request.named is not None or request.apart]
    return _ask(USAGE, of_all) | _ask(USAGE_OF_NAMED, of_named)


def _ask(sql: str, requests: Sequence[UsageRequest[Key]]) -> dict[Key, Decimal]:
    if not requests:
        return {}
    outer = [_outermost(request.stretches) for request in requests]
    values: dict[str, Any] = {
        "accounts": [request.account_id for request in requests],
        "meters": [request.meter_id for request in requests],
        "starts": [moments.start for moments in outer],
        "ends": [moments.end for moments in outer],
        "stretches": [_as_multirange(request.stretches) for request in requests],
        "earliest": min(moments.start for moments in outer),
        "latest": max(moments.end for moments in outer),
        "named": [request.named for request in requests],
    }
    if sql is USAGE_OF_NAMED:
        apart = [(place, *one) for place, request in enumerate(requests, 1) for one in request.apart]
        values["apart_places"] = [place for place, _, _ in apart]
        values["apart_subscriptions"] = [subscription for _, subscription, _ in apart]
        values["apart_starts"] = [moments.start for _, _, moments in apart]
        values["apart_ends"] = [moments.end for _, _, moments in apart]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {requests[place - 1].key: used for place, used in cursor.fetchall()}


def _outermost(stretches: Collection[Moments]) -> Moments:
    if not stretches:
        return NO_MOMENT
    return Moments(min(moments.start for moments in stretches), max(moments.end for moments in stretches))


def _as_multirange(stretches: Collection[Moments]) -> str | None:
    """As PostgreSQL reads one; None where the outermost moments say it all."""
    if len(stretches) < 2:
        return None
    return "{" + ",".join(f"[{start.isoformat()},{end.isoformat()})" for start, end in stretches) + "}"


USED_UNTIL = f"""
SELECT key, sum(used)
FROM (
    SELECT meter.key, round(CASE meter.aggregation
        WHEN 'sum' THEN sum(event.quantity)
        WHEN 'count' THEN count(*)
        WHEN 'max' THEN max(event.quantity)
        WHEN 'last' THEN (array_agg(event.quantity {LATEST_FIRST}) FILTER (WHERE aggregation = 'last'))[1]
        WHEN 'unique' THEN count(DISTINCT {VALUE}) FILTER (WHERE aggregation = 'unique')
    END, meter.precision) AS used
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked(account_id, until)
    CROSS JOIN catalog_meter meter
    JOIN usage_usageevent event
        ON event.meter_id = meter.id AND event.account_id = asked.account_id AND event.at < asked.until
    GROUP BY event.account_id, meter.id
) by_account
GROUP BY key
"""


def used_until(account_ids: Collection[int], on: date) -> dict[str, Decimal]:
    """What the accounts used of each meter up to the end of the day, by its key: each account's usage by the meter's
    aggregation, added up."""
    until = {account: days.begin(on + timedelta(days=1)) for account, days in days_of(account_ids).items()}
    with connection.cursor() as cursor:
        cursor.execute(USED_UNTIL, [list(until), list(until.values())])
        return dict(cursor.fetchall())


def events_of(account_ids: Collection[int]) -> QuerySet[UsageEvent]:
    """The events of accounts; every meter is named because the index on events begins with it."""
    meters = list(Meter.objects.values_list("id", flat=True))
    return UsageEvent.objects.filter(account_id__in=account_ids, meter_id__in=meters)


def counting_events() -> QuerySet[UsageEvent]:
    """The events in reach that count."""
    return UsageEvent.reachable.all()


def corrected_events(kind: str | None = None) -> QuerySet[UsageCorrection]:
    """The events in reach that were cancelled or replaced, as they were, or those of one of the two kinds (USE-4)."""
    rows = UsageCorrection.reachable.all()
    return rows if kind is None else rows.filter(kind=kind)


def event_of(counted: Counted, event_id: str) -> UsageEvent | None:
    """The event in reach that counts of an id, by where that counted."""
    if counted.at is None:
        return None
    place = {"meter": counted.meter_id, "account": counted.account_id, "at": counted.at, "event_id": event_id}
    return UsageEvent.reachable.filter(**place).first()
