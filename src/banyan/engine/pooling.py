"""Pooled allowances (POO-1 to POO-3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from banyan.engine.facts import Pool, PoolMember
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen
from banyan.kernel.splitting import split


@frozen
class Allowance:
    """How many units of an item's usage are free in a period: by its own allowance, and by what others left of
    theirs.
    """

    own: Decimal
    shared: Decimal


def allowances(pools: Iterable[Pool]) -> Mapping[tuple[int, Period], Allowance]:
    """What each member of each pool takes, by item and full period."""
    return {(item_id, pool.period): allowance for pool in pools for item_id, allowance in shares_of_pool(pool).items()}


def shares_of_pool(pool: Pool) -> dict[int, Allowance]:
    """What each member takes, by item: its own allowance first, then of what others left, in proportion to need
    (POO-2).

    So what is charged, all members together, is exactly max(0, usage - pool).
    """
    members = sorted(pool.members, key=lambda member: (member.account_number, member.item_id))
    needs = [max(Decimal(0), member.used - member.allowance) for member in members]
    unused = sum((max(Decimal(0), member.allowance - member.used) for member in members), Decimal(0))
    shared = needs if unused >= sum(needs) else split(unused, needs, _quantum(pool.meter.precision, members))
    return {
        member.item_id: Allowance(min(member.used, member.allowance), share)
        for member, share in zip(members, shared, strict=True)
    }


def _quantum(precision: int, members: Iterable[PoolMember]) -> Decimal:
    """One unit at the meter's precision, or finer where an allowance or usage is: nothing of it may get lost."""
    return min(
        Decimal(1).scaleb(-precision),
        *(_last_place(quantity) for member in members for quantity in (member.used, member.allowance)),
    )


def _last_place(quantity: Decimal) -> Decimal:
    exponent = quantity.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(0, int(exponent)))
