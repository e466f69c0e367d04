"""How much was used in which period."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from banyan.usage.inputs import UsageRequest

IN_PERIOD = """
SELECT {aggregate} AS used FROM usage_usageevent event
WHERE event.account_id = asked.account_id AND event.meter_id = asked.meter_id
  AND event.at >= asked.start::timestamp AT TIME ZONE asked.time_zone
  AND event.at < asked.until::timestamp AT TIME ZONE asked.time_zone
"""

USAGE = f"""
SELECT asked.place, round(coalesce(CASE meter.aggregation
    WHEN 'sum' THEN ({IN_PERIOD.format(aggregate="sum(event.quantity)")})
    WHEN 'count' THEN ({IN_PERIOD.format(aggregate="count(*)")})
    WHEN 'max' THEN ({IN_PERIOD.format(aggregate="max(event.quantity)")})
    WHEN 'last' THEN ({IN_PERIOD.format(aggregate="event.quantity")} ORDER BY event.at DESC, event.id DESC LIMIT 1)
    WHEN 'unique' THEN ({
    IN_PERIOD.format(aggregate="count(DISTINCT coalesce(event.properties->>'value', trim_scale(event.quantity)::text))")
})
END, 0), meter.precision)
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::text[])
    WITH ORDINALITY AS asked(account_id, meter_id, start, until, time_zone, place)
JOIN catalog_meter meter ON meter.id = asked.meter_id
"""


def usage_in_periods(requests: Sequence[UsageRequest]) -> dict[Hashable, Decimal]:
    """USE-1: what each request comes to by its meter's aggregation, rounded half up to the meter's precision.

    0 where nothing was used. One query for any number of requests.
    """
    if not requests:
        return {}
    keys, *columns = (list(column) for column in zip(*requests, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(USAGE, columns)
        return {keys[place - 1]: used for place, used in cursor.fetchall()}


USED_UNTIL = """
SELECT key, sum(used)
FROM (
    SELECT meter.key, round(CASE meter.aggregation
        WHEN 'sum' THEN sum(event.quantity)
        WHEN 'count' THEN count(*)
        WHEN 'max' THEN max(event.quantity)
        WHEN 'last' THEN
            (array_agg(event.quantity ORDER BY event.at DESC, event.id DESC) FILTER (WHERE aggregation = 'last'))[1]
        WHEN 'unique' THEN count(DISTINCT coalesce(event.properties->>'value', trim_scale(event.quantity)::text))
            FILTER (WHERE aggregation = 'unique')
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
