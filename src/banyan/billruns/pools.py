"""What usage items used, and the pools their allowances are in (USE-2, POO-1), for the periods that are due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from banyan.billruns.items import earlier_cycles, items_by_id
from banyan.billruns.rows import Row, array_of_days, rows
from banyan.engine.facts import ADDITIVE, Course, Item, Meter, Pool, PoolMember, PriceType, UsageKey
from banyan.engine.periods import Segment, due_segments, segments
from banyan.foundation.arrays import array
from banyan.kernel.calendar import Period
from banyan.usage.days import AccountDays, days_of
from banyan.usage.inputs import UsageRequest
from banyan.usage.queries import usage_in_periods

LATEST = date(9990, 1, 1)
"""Later than any day that is billed: what goes on without end has a moment here all the same."""

Usage = Mapping[UsageKey, Decimal]

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

ITEMS_OF_NAMED_USAGE = """
SELECT item.id FROM subscriptions_subscription subscription
JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id AND item.named_only
WHERE subscription.account_id = ANY(%(ids)s)
"""

METERED_ACCOUNTS = """
SELECT id, number, bill_cycle_id FROM accounts_account WHERE id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class MeteredAccount:
    """Of an account what pools and usage need; `earlier_cycles` are those before the bill cycle that it has, with the
    day they ended.
    """

    number: str
    bill_cycle_id: int
    days: AccountDays
    earlier_cycles: tuple[tuple[date, int], ...]

    def bill_cycle_on(self, day: date) -> int:
        """The bill cycle that the account had on a day."""
        return next((cycle for until, cycle in self.earlier_cycles if day < until), self.bill_cycle_id)


@dataclass(frozen=True, slots=True)
class UsageFacts:
    """The usage by item, meter and period, where prices change inside one also by part, and the pools by the items that
    are in them.
    """

    usage: Usage
    pools_by_item: Mapping[int, tuple[Pool, ...]]

    def pools_of(self, item_ids: Iterable[int]) -> tuple[Pool, ...]:
        """Each pool that one of the items is in, once."""
        return tuple(dict.fromkeys(pool for item in item_ids for pool in self.pools_by_item.get(item, ())))


def usage_facts(items: Mapping[int, Item], on: date) -> UsageFacts:
    """Usage and pools for what is due on a billing date."""
    due = _due_usage(items.values(), on)
    if not due:
        return UsageFacts({}, {})
    wanted = _wanted_pools(due)
    mates = _pooled_items(wanted)
    read = items_by_id(array({item_id for *_, item_id in mates})).items
    accounts = _accounts({item.account_id for item, _ in due} | {item.account_id for item in read.values()})
    members = _members(wanted, mates, read, accounts)
    usage = _usage([*_by_period(due), *(member for pool in members.values() for member in pool)], accounts)
    pools_by_item = defaultdict(list)
    for (_root, meter, period, _currency, _cycle), of_pool in members.items():
        pool = _pool(meter, period, of_pool, usage, accounts)
        for member in pool.members:
            pools_by_item[member.item_id].append(pool)
    return UsageFacts(usage, {item_id: tuple(pools) for item_id, pools in pools_by_item.items()})


PoolKey = tuple[int, Meter, Period, str, int]
Pair = tuple[Item, Segment]
UsedTogether = tuple[Item, Sequence[Segment]]
"""An item and all its usage segments for one meter in one period, in order of time: one aggregate (SUB-10)."""
Wanted = Mapping[tuple[int, date, int], set[Period]]
"""Full periods by an account in the pool, their last day and the meter."""


def _due_usage(items: Collection[Item], on: date) -> list[Pair]:
    """The usage that is due of each item."""
    metered = {
        course
        for course in {item.course for item in items}
        if any(terms.price.type is PriceType.USAGE for terms in course.terms)
    }
    return [
        (item, segment)
        for item in (items if metered else ())
        if item.course in metered
        for segment in due_segments(item.course, on)
        if segment.terms.price.type is PriceType.USAGE
    ]


def _by_period(due: Iterable[Pair]) -> list[UsedTogether]:
    together: dict[tuple[int, Meter | None, Period], tuple[Item, list[Segment]]] = {}
    for item, segment in due:
        key = item.id, segment.terms.price.meter, segment.period
        together.setdefault(key, (item, []))[1].append(segment)
    return list(together.values())


def _wanted_pools(due: Iterable[Pair]) -> Wanted:
    wanted: dict[tuple[int, date, int], set[Period]] = defaultdict(set)
    for item, segment in due:
        price = segment.terms.price
        if price.pooled and price.meter is not None:
            wanted[(item.account_id, _last_day(segment.period), price.meter.id)].add(segment.period)
    return wanted


def _pooled_items(wanted: Wanted) -> list[Row]:
    """The items of each pool: its root, its last day, its meter, the item."""
    if not wanted:
        return []
    return rows(
        POOLED_ITEMS_OF_TREES,
        accounts=array(key[0] for key in wanted),
        days=array_of_days(key[1] for key in wanted),
        meters=array(key[2] for key in wanted),
    )


def _accounts(ids: Collection[int]) -> Mapping[int, MeteredAccount]:
    wanted = array(ids)
    earlier, days = earlier_cycles(wanted), days_of(ids)
    return {
        account: MeteredAccount(
            number, cycle, days[account], tuple((until, old) for until, old, _ in earlier.get(account, ()))
        )
        for account, number, cycle in rows(METERED_ACCOUNTS, ids=wanted)
    }


def _members(
    wanted: Wanted, mates: Iterable[Row], items: Mapping[int, Item], accounts: Mapping[int, MeteredAccount]
) -> dict[PoolKey, list[UsedTogether]]:
    """Of each pool every item with its segments in the pool's period."""
    periods: dict[tuple[date, int], set[Period]] = defaultdict(set)
    for (_account, day, meter_id), of_key in wanted.items():
        periods[(day, meter_id)] |= of_key
    members: dict[PoolKey, list[UsedTogether]] = defaultdict(list)
    for root, day, meter_id, item_id in mates:
        item = items[item_id]
        for period in periods[(day, meter_id)]:
            used_together = _segments_in(item.course, period, meter_id)
            pooled = [segment for segment in used_together if segment.terms.price.pooled]
            if pooled:
                price = pooled[-1].terms.price
                assert price.meter is not None
                cycle = accounts[item.account_id].bill_cycle_on(pooled[0].part.start)
                members[(root, price.meter, period, price.currency, cycle)].append((item, used_together))
    return members


def _last_day(period: Period) -> date:
    return period.end - timedelta(days=1)


def _segments_in(course: Course, period: Period, meter_id: int) -> list[Segment]:
    """The usage segments for a meter that lie in exactly this period."""
    found = []
    for segment in segments(course, period.start, period.start):
        if segment.part.start >= period.end:
            break
        meter = segment.terms.price.meter
        if segment.period == period and meter is not None and meter.id == meter_id:
            found.append(segment)
    return found


def _usage(used_together: Iterable[UsedTogether], accounts: Mapping[int, MeteredAccount]) -> Usage:
    named = _items_of_named_usage(accounts)
    requests = {
        request.key: _of_whom(request, item, parts, named, accounts[item.account_id].days) if named else request
        for item, parts in used_together
        for request in _requests(item, parts, accounts[item.account_id].days)
    }
    return usage_in_periods(list(requests.values()))


def _items_of_named_usage(accounts: Iterable[int]) -> Mapping[int, Item]:
    """The items of the accounts that charge only events that name their subscription (USE-5)."""
    found = rows(ITEMS_OF_NAMED_USAGE, ids=array(accounts))
    return items_by_id(array(item_id for (item_id,) in found)).items if found else {}


def _of_whom(
    request: UsageRequest[UsageKey],
    item: Item,
    parts: Sequence[Segment],
    named: Mapping[int, Item],
    days: AccountDays,
) -> UsageRequest[UsageKey]:
    """USE-5: the events that an item charges of those of its account and meter."""
    if item.id in named:
        return request._replace(named=item.subscription_id)
    products = {part.terms.price.product.id for part in parts}
    apart = [
        (other.subscription_id, days.moments(charged))
        for other in named.values()
        if other.account_id == item.account_id
        for charged in _days_of_usage(other.course, request.meter_id, products)
    ]
    return request._replace(apart=tuple(apart))


def _days_of_usage(course: Course, meter_id: int, products: Collection[int]) -> Iterator[Period]:
    """The days on which an item has a usage price of the meter for one of the products, paused or not."""
    replaced_on = [*(terms.since for terms in course.terms[1:]), LATEST]
    for terms, replaced in zip(course.terms, replaced_on, strict=True):
        start, end = max(terms.since, course.start), min(replaced, course.end or LATEST)
        meter = terms.price.meter
        if start < end and meter is not None and meter.id == meter_id and terms.price.product.id in products:
            yield Period(start, end)


def _requests(item: Item, parts: Sequence[Segment], days: AccountDays) -> Iterator[UsageRequest[UsageKey]]:
    """What is asked of the usage of one period: the whole of it, and where prices share it by units those of each."""
    meter = parts[0].terms.price.meter
    if meter is None:
        return
    served = [days.moments(one) for part in parts for one in part.served]
    yield UsageRequest((item.id, meter.id, parts[0].period), item.account_id, meter.id, tuple(served))
    if len(parts) > 1 and meter.aggregation in ADDITIVE:
        for part in parts:
            served = [days.moments(one) for one in part.served]
            yield UsageRequest((item.id, meter.id, part.part), item.account_id, meter.id, tuple(served))


def _pool(
    meter: Meter,
    period: Period,
    members: Iterable[UsedTogether],
    usage: Usage,
    accounts: Mapping[int, MeteredAccount],
) -> Pool:
    """An item that changed terms in the period is one member: the allowance of its last pooled price, all its usage."""
    return Pool(
        meter,
        period,
        tuple(
            PoolMember(
                item_id=item.id,
                account_number=accounts[item.account_id].number,
                used=usage.get((item.id, meter.id, period), Decimal(0)),
                allowance=[one for one in parts if one.terms.price.pooled][-1].terms.price.included_quantity,
            )
            for item, parts in members
        ),
    )
