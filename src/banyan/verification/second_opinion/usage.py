"""What was used, and what allowances cover of it (USE-1, USE-3, POO-1, POO-2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from banyan.verification.second_opinion.facts import NOTHING, Event, Item, Meter, Period, World, sum_of
from banyan.verification.second_opinion.periods import DAY, Part, Parts, cycle_on
from banyan.verification.second_opinion.prices import price_of
from banyan.verification.second_opinion.rounding import half_up, shares

FINEST = Fraction(1, 10**12)


@dataclass(slots=True)
class Member:
    """An item in a pool."""

    number: str
    item: int
    used: Fraction
    allowance: Fraction


def rate_usage(world: World, item: Item, period: Period, parts: Collection[Part], every: dict[int, Parts]) -> None:
    """Works out the exact amounts of all usage parts of a full period (SUB-10)."""
    for meter in {part.price.meter for part in parts}:
        assert meter is not None
        metered = [part for part in parts if part.price.meter == meter]
        used = used_by(world, item, meter, metered)
        by_units = world.meters[meter].aggregation in ("sum", "count")
        weights = [NOTHING] * len(metered)
        if by_units:
            weights = [max(NOTHING, aggregate(world, item, meter, part.served)) for part in metered]
        if not any(weights):
            weights = [Fraction(len(part.served)) for part in metered]
        for place, (part, weight) in enumerate(zip(metered, weights, strict=True)):
            own, shared = min(used, part.price.included), NOTHING
            if part.price.pooled:
                own, shared = free_units(world, item, period, meter, every)
            part.units = max(NOTHING, used - own - shared)
            part.shown, of_own, of_shared = (
                shares(amount, weights, FINEST)[place] for amount in (part.units, own, shared)
            )
            part.taken = part.shown + of_own + of_shared, of_own, of_shared
            part.exact = price_of(part.price, part.units) * weight / sum_of(weights)
            part.covered = used > 0 and weight > 0 and part.units == 0 and part.exact == 0 and part.price.shows_covered


def used_by(world: World, item: Item, meter: int, parts: Collection[Part]) -> Fraction:
    """One aggregate over all days of the parts; below zero counts as zero."""
    return max(NOTHING, aggregate(world, item, meter, [day for part in parts for day in part.served]))


def aggregate(world: World, item: Item, meter: int, days: Collection[date]) -> Fraction:
    """What the meter's aggregation makes of the events of some days, at the meter's precision."""
    on = set(days)
    events = [one for one in world.events.get((item.account, meter), ()) if one.day in on]
    if item.named_only:
        events = [one for one in events if one.subscription == item.subscription]
    else:
        others = _for_named_events(world, item, meter)
        events = [one for one in events if not any(_has_it(other, one, products) for other, products in others)]
    return _aggregate(world.meters[meter], events)


def _for_named_events(world: World, item: Item, meter: int) -> list[tuple[Item, set[int]]]:
    """The items of the account that rate just the events which name their subscription (USE-5), each with the products
    for which both charge."""
    own = {price.product for _, price in item.prices if price.meter == meter}
    return [
        (other, own) for other in world.items.values() if other.named_only and other.account == item.account and own
    ]


def _has_it(other: Item, event: Event, products: set[int]) -> bool:
    """Whether an event is the other item's: it names its subscription, which on that day charges it."""
    if event.subscription != other.subscription or event.day < other.start:
        return False
    if other.end is not None and event.day >= other.end:
        return False
    price = [price for since, price in other.prices if since <= event.day][-1]
    return price.meter == event.meter and price.product in products


def _aggregate(meter: Meter, events: list[Event]) -> Fraction:
    if not events:
        return NOTHING
    if meter.aggregation == "unique":
        return Fraction(len({one.value for one in events}))
    if meter.aggregation == "count":
        return Fraction(len(events))
    much = [one.much for one in events]
    found = {"sum": sum_of(much), "max": max(much), "last": much[-1]}[meter.aggregation]
    return half_up(found, Fraction(1, 10**meter.precision))


def root(world: World, account: int, day: date) -> int:
    """The top of the tree that an account is in on a day."""
    for child, parent, first, end in world.parents:
        if child == account and first <= day and (end is None or day < end):
            return root(world, parent, day)
    return account


def free_units(
    world: World, item: Item, period: Period, meter: int, every: dict[int, Parts]
) -> tuple[Fraction, Fraction]:
    """Own and shared allowance that an item takes of its pool in a full period."""
    members = sorted(_members(world, item, period, meter, every), key=lambda one: (one.number, one.item))
    needs = [max(NOTHING, one.used - one.allowance) for one in members]
    unused = sum_of(max(NOTHING, one.allowance - one.used) for one in members)
    shared = needs
    if unused < sum_of(needs):
        shared = shares(unused, needs, Fraction(1, 10 ** world.meters[meter].precision))
    place = next(place for place, one in enumerate(members) if one.item == item.id)
    return min(members[place].used, members[place].allowance), shared[place]


def _members(world: World, item: Item, period: Period, meter: int, every: dict[int, Parts]) -> list[Member]:
    """Who has the same meter, bill cycle, period and currency, below the same account on the period's last day."""
    last_day = period[1] - DAY
    top = root(world, item.account, last_day)
    cycle = cycle_on(item, _metered(every[item.id], period, meter)[0].start)
    members = []
    for other in world.items.values():
        parts = _metered(every[other.id], period, meter)
        pooled = [part for part in parts if part.price.pooled]
        if (
            pooled
            and cycle_on(other, parts[0].start) == cycle
            and world.accounts[other.account].currency == world.accounts[item.account].currency
            and root(world, other.account, last_day) == top
        ):
            used = used_by(world, other, meter, parts)
            members.append(Member(world.accounts[other.account].number, other.id, used, pooled[-1].price.included))
    return members


def _metered(parts: Parts, period: Period, meter: int) -> list[Part]:
    return [part for part in parts.get(period, ()) if part.price.meter == meter and part.price.type == "usage"]
