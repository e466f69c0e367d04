"""How much was used in which period, and by whom at all."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from banyan.catalog.models import Meter
from banyan.usage.inputs import Key, UsageRequest
from banyan.usage.models import UsageEvent

LATEST_FIRST = "ORDER BY event.at DESC, event.received_at DESC, event.event_id DESC"
VALUE = "coalesce(event.properties->>'value', trim_scale(event.quantity)::text)"

# The outermost moments of all requests are constants of the statement, so that months outside aren't even looked at.
IN_PERIOD = """
SELECT {aggregate} AS used FROM usage_usageevent event
WHERE event.account_id = asked.account_id AND event.meter_id = asked.meter_id
  AND event.at >= asked.start::timestamp AT TIME ZONE asked.time_zone
  AND event.at < asked.until::timestamp AT TIME ZONE asked.time_zone
  AND event.at >= %(earliest)s AND event.at < %(latest)s
"""

USAGE = f"""
SELECT asked.place, round(coalesce(CASE meter.aggregation
    WHEN 'sum' THEN ({IN_PERIOD.format(aggregate="sum(event.quantity)")})
    WHEN 'count' THEN ({IN_PERIOD.format(aggregate="count(*)")})
    WHEN 'max' THEN ({IN_PERIOD.format(aggregate="max(event.quantity)")})
    WHEN 'last' THEN ({IN_PERIOD.format(aggregate="event.quantity")} {LATEST_FIRST} LIMIT 1)
    WHEN 'unique' THEN ({IN_PERIOD.format(aggregate=f"count(DISTINCT {VALUE})")})
END, 0), meter.precision)
FROM unnest(%(accounts)s::bigint[], %(meters)s::bigint[], %(starts)s::date[], %(ends)s::date[], %(zones)s::text[])
    WITH ORDINALITY AS asked(account_id, meter_id, start, until, time_zone, place)
JOIN catalog_meter meter ON meter.id = asked.meter_id
"""

WIDEST_TIME_ZONE = timedelta(days=1)


def usage_in_periods(requests: Sequence[UsageRequest[Key]]) -> dict[Key, Decimal]:
    """USE-1: what each request comes to by its meter's aggregation, rounded half up to the meter's precision.

    0 where nothing was used. Of several last events at the same moment the one that came last counts. One query for
    any number of requests.
    """
    if not requests:
        return {}
    keys, accounts, meters, starts, ends, zones = (list(column) for column in zip(*requests, strict=True))
    values: dict[str, Any] = {
        "accounts": accounts,
        "meters": meters,
        "starts": starts,
        "ends": ends,
        "zones": zones,
        "earliest": _midnight(min(starts)) - WIDEST_TIME_ZONE,
        "latest": _midnight(max(ends)) + WIDEST_TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(USAGE, values)
        return {keys[place - 1]: used for place, used in cursor.fetchall()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


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
    FROM usage_usageevent event
    JOIN catalog_meter meter ON meter.id = event.meter_id
    JOIN accounts_account account ON account.id = event.account_id
    JOIN accounts_billcycle cycle ON cycle.id = account.bill_cycle_id
    WHERE event.account_id = ANY(%s) AND event.at < (%s::date + 1)::timestamp AT TIME ZONE cycle.time_zone
    GROUP BY event.account_id, meter.id
) by_account
GROUP BY key
"""


def used_until(account_ids: Iterable[int], on: date) -> dict[str, Decimal]:
    """What the accounts used of each meter up to the end of the day, by its key: each account's usage by the meter's
    aggregation, added up."""
    with connection.cursor() as cursor:
        cursor.execute(USED_UNTIL, [list(account_ids), on])
        return dict(cursor.fetchall())


def events_of(account_ids: Collection[int]) -> QuerySet[UsageEvent]:
    """The events of accounts; every meter is named because the index on events begins with it."""
    meters = list(Meter.objects.values_list("id", flat=True))
    return UsageEvent.objects.filter(account_id__in=account_ids, meter_id__in=meters)
