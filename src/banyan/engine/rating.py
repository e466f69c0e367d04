"""What a segment costs: its price for its quantity or usage, and for a part of a period the part of that (SUB-3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from banyan.engine.facts import Course, LineKind, PriceType
from banyan.engine.periods import Segment, due_segments, goes_on
from banyan.engine.pooling import Allowance
from banyan.engine.pricing import amount_for, unit_amount_shown
from banyan.engine.result import Charged, UsageTaken
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen
from banyan.kernel.money import round_amount

_NOTHING = Decimal(0)
_KINDS = {
    PriceType.RECURRING: LineKind.RECURRING,
    PriceType.USAGE: LineKind.USAGE,
    PriceType.ONE_TIME: LineKind.ONE_TIME,
}


@frozen
class RatedSegment:
    """A segment with what is charged for it; its quantity is what was priced: of usage what no allowance covers."""

    segment: Segment
    charged: Charged


@frozen
class Due:
    """What is charged of what is due (nothing where it costs nothing), and until when an item is billed then.

    `in_part`: of the last period only one part, as the next is not due yet.
    """

    charged: tuple[Charged, ...]
    billed_until: date | None
    in_part: bool


def rate(
    item_id: int,
    segments: Iterable[Segment],
    usage: Mapping[tuple[int, Period], Decimal],
    pooled: Mapping[tuple[int, Period], Allowance],
) -> list[RatedSegment]:
    """The amounts of an item's segments.

    An allowance is for the whole period (USE-3): where the price changes inside, the later segment gets what is left.
    A pooled price whose item is in no pool of that period has its own allowance alone.
    """
    rated: list[RatedSegment] = []
    taken: dict[Period, UsageTaken] = {}
    for segment in segments:
        if segment.terms.price.type is not PriceType.USAGE:
            rated.append(_rated(segment, segment.terms.quantity, cost(segment), None))
            continue
        price = segment.terms.price
        allowance = pooled.get((item_id, segment.period)) if price.pooled else None
        so_far = taken.get(segment.period, UsageTaken(_NOTHING, _NOTHING, _NOTHING))
        now = _take(
            usage.get((item_id, segment.part), _NOTHING),
            allowance or Allowance(price.included_quantity, _NOTHING),
            so_far,
        )
        taken[segment.period] = _sum(so_far, now)
        billable = now.used - now.own_allowance - now.shared_allowance
        rated.append(_rated(segment, billable, round_amount(amount_for(price, billable), price.currency), now))
    return rated


def _rated(segment: Segment, quantity: Decimal, gross: Decimal, usage: UsageTaken | None) -> RatedSegment:
    price = segment.terms.price
    unit_amount = unit_amount_shown(price, quantity)
    return RatedSegment(
        segment,
        Charged(
            _KINDS[price.type],
            price.product,
            price.id,
            price.product.name,
            segment.part,
            quantity,
            unit_amount,
            gross,
            usage,
        ),
    )


def due_of(course: Course, rated: Sequence[RatedSegment]) -> Due:
    """What follows for an unchanged item from its due segments."""
    charged = tuple(one.charged for one in rated if one.charged.gross)
    if not rated:
        return Due(charged, course.billed_until, False)
    last = rated[-1].segment
    return Due(charged, last.part.end, goes_on(course, last))


@lru_cache(maxsize=16_384)
def due_alike(course: Course, billing_date: date) -> Due | None:
    """What is due of every unchanged item with this course: nothing of one that waits. None where that depends on what
    each of them used.
    """
    if course.waits:
        return Due((), course.billed_until, False)
    if any(terms.price.type is PriceType.USAGE for terms in course.terms):
        return None
    return due_of(course, rate(0, due_segments(course, billing_date), {}, {}))


def cost(segment: Segment) -> Decimal:
    """The full amount × days in the part / days in the full period, rounded once (SUB-3). Not for usage."""
    price = segment.terms.price
    full = amount_for(price, segment.terms.quantity)
    if segment.part != segment.period:
        full = full * segment.part.days / segment.period.days
    return round_amount(full, price.currency)


def _take(used: Decimal, allowance: Allowance, so_far: UsageTaken) -> UsageTaken:
    """What usage takes of the allowance that earlier segments of the period left: own first, then shared."""
    own = min(used, max(_NOTHING, allowance.own - so_far.own_allowance))
    shared = min(used - own, max(_NOTHING, allowance.shared - so_far.shared_allowance))
    return UsageTaken(used, own, shared)


def _sum(one: UsageTaken, other: UsageTaken) -> UsageTaken:
    return UsageTaken(
        one.used + other.used,
        one.own_allowance + other.own_allowance,
        one.shared_allowance + other.shared_allowance,
    )
