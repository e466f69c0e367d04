"""What segments cost: the price for quantity or usage, and for a part of a period its part of that (SUB-3, SUB-10).
What of a period is charged together is rounded together (MON-3).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from banyan.engine.facts import ADDITIVE, Course, LineKind, Meter, Price, PriceType, UsageKey
from banyan.engine.periods import Segment, due_segments, goes_on, is_in_advance
from banyan.engine.pooling import Allowance
from banyan.engine.pricing import amount_for, unit_amount_shown
from banyan.engine.result import Charged, UsageTaken
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen
from banyan.kernel.money import minor_unit
from banyan.kernel.splitting import round_together, split

_NOTHING = Decimal(0)
_ONE_DAY = timedelta(days=1)
_FINEST_QUANTITY = Decimal(1).scaleb(-12)
_KINDS = {
    PriceType.RECURRING: LineKind.RECURRING,
    PriceType.USAGE: LineKind.USAGE,
    PriceType.ONE_TIME: LineKind.ONE_TIME,
}


@frozen
class RatedSegment:
    """A segment with what is charged for it; its quantity is what was priced: of usage what no allowance covers.

    `exact` is the amount before it was rounded, together with the rest of what is charged of the period.
    """

    segment: Segment
    charged: Charged
    exact: Fraction


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
    usage: Mapping[UsageKey, Decimal],
    pooled: Mapping[tuple[int, Period], Allowance],
) -> list[RatedSegment]:
    """The amounts of an item's segments, in order of time.

    A pooled price whose item is in no pool of that period has its own allowance alone.
    """
    together: dict[tuple[Period, Meter | None], list[Segment]] = {}
    for segment in segments:
        together.setdefault((segment.period, segment.terms.price.meter), []).append(segment)
    rated: list[RatedSegment] = []
    for (period, meter), parts in together.items():
        if meter is None:
            rated += _terms_rated(parts)
        else:
            rated += _usage_rated(item_id, meter, parts, usage, pooled.get((item_id, period)))
    return rated if len(together) < 2 else sorted(rated, key=lambda one: one.segment.part.start)


def _terms_rated(parts: Sequence[Segment]) -> list[RatedSegment]:
    exact = [_cost(part) for part in parts]
    amounts = round_together(exact, minor_unit(parts[0].terms.price.currency))
    return [
        RatedSegment(part, _charged(part, part.terms.quantity, part.terms.quantity, gross, None), cost)
        for part, cost, gross in zip(parts, exact, amounts, strict=True)
    ]


def _cost(part: Segment) -> Fraction:
    """The full amount × days in the part / days in the full period (SUB-3)."""
    full = Fraction(amount_for(part.terms.price, part.terms.quantity))
    return full if part.part == part.period else full * part.part.days / part.period.days


def _usage_rated(
    item_id: int,
    meter: Meter,
    parts: Sequence[Segment],
    usage: Mapping[UsageKey, Decimal],
    in_pool: Allowance | None,
) -> list[RatedSegment]:
    """SUB-10: each price rates the usage of the whole period, less its allowance, and takes its share of the result.

    What was used is never less than nothing, however much was taken back (USE-4).
    """
    used = max(_NOTHING, usage.get((item_id, meter.id, parts[0].period), _NOTHING))
    takes = [_take(used, part.terms.price, in_pool) for part in parts]
    weights = [Decimal(1)] if len(parts) == 1 else _weights(item_id, meter, parts, usage)
    whole = Fraction(sum(weights))
    exact = [
        Fraction(amount_for(part.terms.price, _billable(take))) * Fraction(weight) / whole
        for part, take, weight in zip(parts, takes, weights, strict=True)
    ]
    amounts = round_together(exact, minor_unit(parts[0].terms.price.currency))
    rated = []
    for place, (part, take) in enumerate(zip(parts, takes, strict=True)):
        share = take if len(parts) == 1 else _share(take, weights, place)
        charged = _charged(part, _billable(share), _billable(take), amounts[place], share)
        rated.append(RatedSegment(part, charged, exact[place]))
    return rated


def _take(used: Decimal, price: Price, in_pool: Allowance | None) -> UsageTaken:
    """What usage takes of the period's allowance: that of its pool, or the price's own (USE-3)."""
    if price.pooled and in_pool is not None:
        own = min(used, in_pool.own)
        return UsageTaken(used, own, min(used - own, in_pool.shared))
    return UsageTaken(used, min(used, price.included_quantity), _NOTHING)


def _billable(taken: UsageTaken) -> Decimal:
    return taken.used - taken.own_allowance - taken.shared_allowance


def _weights(item_id: int, meter: Meter, parts: Sequence[Segment], usage: Mapping[UsageKey, Decimal]) -> list[Decimal]:
    """The share of each part: by units where they add up, else (and where there are none) by the days served."""
    if meter.aggregation in ADDITIVE:
        units = [max(_NOTHING, usage.get((item_id, meter.id, part.part), _NOTHING)) for part in parts]
        if any(units):
            return units
    return [Decimal(part.days) for part in parts]


def _share(take: UsageTaken, weights: Sequence[Decimal], place: int) -> UsageTaken:
    """What the line of one part says was used and covered; over all parts it adds up (POO-3)."""
    billable, own, shared = (
        split(amount, weights, _FINEST_QUANTITY)[place]
        for amount in (_billable(take), take.own_allowance, take.shared_allowance)
    )
    return UsageTaken(billable + own + shared, own, shared)


def _charged(segment: Segment, quantity: Decimal, priced: Decimal, gross: Decimal, usage: UsageTaken | None) -> Charged:
    """`priced` is what the price was asked for, of which `quantity` is this segment's share."""
    price = segment.terms.price
    return Charged(
        _KINDS[price.type],
        price.product,
        price.id,
        price.product.name,
        segment.part,
        quantity,
        unit_amount_shown(price, priced),
        gross,
        service_day(price, segment.part),
        usage,
    )


def service_day(price: Price, part: Period) -> date:
    """DAT-3: in advance the first day of the part, in arrears the last."""
    return part.start if is_in_advance(price) else part.end - _ONE_DAY


def is_shown(charged: Charged, price: Price) -> bool:
    """Whether there is a line: something is charged, or an allowance covered all that was used (POO-3)."""
    if charged.gross:
        return True
    return price.show_covered_usage and charged.usage is not None and bool(charged.usage.used)


def due_of(course: Course, rated: Sequence[RatedSegment]) -> Due:
    """What follows for an unchanged item from its due segments."""
    charged = tuple(one.charged for one in rated if is_shown(one.charged, one.segment.terms.price))
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
