"""What usage items used, and the pools their allowances are in (USE-2, POO-1), for the periods that are due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from banyan.billruns.items import ReadItem, items_by_id
from banyan.billruns.rows import array, array_of_days, rows
from banyan.engine.facts import Meter, Pool, PoolMember, PriceType
from banyan.engine.periods import Segment, due_segments, segments
from banyan.kernel.calendar import Period
from banyan.usage.queries import usage_in_periods

Usage = Mapping[tuple[int, Period], Decimal]

POOLED_ITEMS_OF_TREES = """
WITH RECURSIVE wanted AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(days)s::date[], %(meters)s::bigint[]) AS w(account_id, day, meter_id)
), above(account_id, day, id) AS (
    SELECT DISTINCT account_id, day, account_id FROM wanted
    UNION
    SELECT above.account_id, above.day, edge.parent_id
    FROM above JOIN relations_accountparent edge ON edge.account_id = above.id AND edge.during @> above.day
), roots AS (
    SELECT account_id, day, id AS root FROM above
    WHERE NOT EXISTS (SELECT 1 FROM relations_accountparent edge
                      WHERE edge.account_id = above.id AND edge.during @> above.day)
), trees(root, day, id) AS (
    SELECT DISTINCT root, day, root FROM roots
    UNION
    SELECT trees.root, trees.day, edge.account_id
    FROM trees JOIN relations_accountparent edge ON edge.parent_id = trees.id AND edge.during @> trees.day
)
SELECT DISTINCT trees.root, trees.day, price.meter_id, item.id
FROM (SELECT DISTINCT roots.root, wanted.day, wanted.meter_id FROM wanted JOIN roots USING (account_id, day)) AS pool
JOIN trees ON trees.root = pool.root AND trees.day = pool.day
JOIN subscriptions_subscription subscription ON subscription.account_id = trees.id
JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
JOIN catalog_price price ON price.pooled AND price.meter_id = pool.meter_id AND (
    price.id = item.price_id
    OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
"""


@dataclass(frozen=True, slots=True)
class UsageFacts:
    """The usage by item and part of a period, and the pools by the items that are in them."""

    usage: Usage
    pools_by_item: Mapping[int, tuple[Pool, ...]]

    def pools_of(self, item_ids: Iterable[int]) -> tuple[Pool, ...]:
        """Each pool that one of the items is in, once."""
        return tuple(dict.fromkeys(pool for item in item_ids for pool in self.pools_by_item.get(item, ())))


def usage_facts(items: Mapping[int, ReadItem], on: date) -> UsageFacts:
    """Usage and pools for what is due on a billing date."""
    due = {
        item_id: [segment for segment in due_segments(read.item, on) if segment.terms.price.type is PriceType.USAGE]
        for item_id, read in items.items()
        if any(terms.price.type is PriceType.USAGE for terms in read.item.terms)
    }
    if not any(due.values()):
        return UsageFacts({}, {})
    members = _members(items, due)
    usage = _usage(
        [(items[item_id], segment) for item_id, found in due.items() for segment in found]
        + [pair for pool in members.values() for pair in pool]
    )
    pools_by_item = defaultdict(list)
    for (_root, meter, period, _currency, _cycle), pairs in members.items():
        pool = _pool(meter, period, pairs, usage)
        for member in pool.members:
            pools_by_item[member.item_id].append(pool)
    return UsageFacts(usage, {item_id: tuple(pools) for item_id, pools in pools_by_item.items()})


PoolKey = tuple[int, Meter, Period, str, int]
Pair = tuple[ReadItem, Segment]


def _members(items: Mapping[int, ReadItem], due: Mapping[int, list[Segment]]) -> dict[PoolKey, list[Pair]]:
    """Of each pool that a due segment is in, every item with its segments in the pool's period."""
    wanted: dict[tuple[int, date, int], set[Period]] = defaultdict(set)
    for item_id, found in due.items():
        for segment in found:
            if segment.terms.price.pooled and segment.terms.price.meter is not None:
                key = (items[item_id].item.account_id, _last_day(segment.period), segment.terms.price.meter.id)
                wanted[key].add(segment.period)
    if not wanted:
        return {}
    found_rows = rows(
        POOLED_ITEMS_OF_TREES,
        accounts=array(key[0] for key in wanted),
        days=array_of_days(key[1] for key in wanted),
        meters=array(key[2] for key in wanted),
    )
    periods: dict[tuple[date, int], set[Period]] = defaultdict(set)
    for (_account, day, meter), of_key in wanted.items():
        periods[(day, meter)] |= of_key
    read = items_by_id({row[3] for row in found_rows})
    members: dict[PoolKey, list[Pair]] = defaultdict(list)
    for root, day, meter_id, item_id in found_rows:
        for period in periods[(day, meter_id)]:
            for segment in _segments_in(read[item_id], period, meter_id):
                price = segment.terms.price
                assert price.meter is not None
                key = (root, price.meter, period, price.currency, read[item_id].bill_cycle_on(segment.part.start))
                members[key].append((read[item_id], segment))
    return members


def _last_day(period: Period) -> date:
    return period.end - timedelta(days=1)


def _segments_in(read: ReadItem, period: Period, meter_id: int) -> Iterable[Segment]:
    """The pooled segments of an item for a meter that lie in exactly this period."""
    for segment in segments(read.item, period.start, period.start):
        if segment.part.start >= period.end:
            return
        price = segment.terms.price
        if segment.period == period and price.pooled and price.meter is not None and price.meter.id == meter_id:
            yield segment


def _usage(pairs: Iterable[Pair]) -> Usage:
    wanted = {
        (read.item.id, segment.part): (
            (read.item.id, segment.part),
            read.item.account_id,
            segment.terms.price.meter.id,
            segment.part.start,
            segment.part.end,
            read.time_zone,
        )
        for read, segment in pairs
        if segment.terms.price.meter is not None
    }
    return usage_in_periods(list(wanted.values()))


def _pool(meter: Meter, period: Period, pairs: Iterable[Pair], usage: Usage) -> Pool:
    """An item that changed terms in the period is one member: the allowance of its last terms, the usage of all its
    parts.
    """
    by_item: dict[int, PoolMember] = {}
    for read, segment in pairs:
        used = usage.get((read.item.id, segment.part), Decimal(0))
        before = by_item.get(read.item.id)
        by_item[read.item.id] = PoolMember(
            item_id=read.item.id,
            account_number=read.account_number,
            used=used if before is None else before.used + used,
            allowance=segment.terms.price.included_quantity,
        )
    return Pool(meter, period, tuple(by_item.values()))
