"""Rounding and dividing (MON-1 to MON-3), in fractions."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor


def half_up(amount: Fraction, unit: Fraction) -> Fraction:
    """In whole units, a half away from zero."""
    whole = floor(abs(amount) / unit + Fraction(1, 2))
    return (whole if amount >= 0 else -whole) * unit


def together(exact: Sequence[Fraction], unit: Fraction) -> list[Fraction]:
    """The sum is rounded once; each part is rounded down, and what is left goes to the largest remainders."""
    return settled(exact, [None] * len(exact), unit)


def settled(exact: Sequence[Fraction], stands: Sequence[Fraction | None], unit: Fraction) -> list[Fraction]:
    """The same where some stand at an amount already: who stands at its exact amount rounded down or up keeps that, as
    far as the sum lets it. An amount that is whole is not rounded up.
    """
    units = [amount / unit for amount in exact]
    down = [floor(amount) for amount in units]
    remainder = [amount - whole for amount, whole in zip(units, down, strict=True)]
    result = list(down)
    keeps = []
    for place, stood in enumerate(stands):
        if stood is not None and stood / unit in (down[place], ceil(units[place])):
            keeps.append(place)
            result[place] = int(stood / unit)
    left = int(half_up(sum(units, Fraction(0)), Fraction(1))) - sum(result)
    free = [place for place in range(len(units)) if place not in keeps and remainder[place]]
    kept_down = [place for place in keeps if remainder[place] and result[place] == down[place]]
    kept_up = [place for place in keeps if remainder[place] and result[place] > down[place]]
    largest_first = [*_by_remainder(free, remainder), *_by_remainder(kept_down, remainder)]
    for place in largest_first[: max(left, 0)]:
        result[place] += 1
    smallest_first = list(reversed(_by_remainder(kept_up, remainder)))
    for place in smallest_first[: max(-left, 0)]:
        result[place] -= 1
    return [whole * unit for whole in result]


def _by_remainder(places: Sequence[int], remainder: Sequence[Fraction]) -> list[int]:
    return sorted(places, key=lambda place: (-remainder[place], place))


def shares(amount: Fraction, weights: Sequence[Fraction], unit: Fraction) -> list[Fraction]:
    """MON-2: an amount in whole units in proportion to the weights."""
    total = sum(weights, Fraction(0))
    return together([amount * weight / total for weight in weights], unit)
