"""Splitting by largest remainder (MON-2) and rounding together (MON-3): the parts add up exactly."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

_HALF = Fraction(1, 2)


def split(amount: Decimal, weights: Sequence[Decimal], quantum: Decimal) -> list[Decimal]:
    """`amount` in proportion to `weights`, each part a multiple of `quantum`.

    What is left over after rounding down goes, one quantum each, to the largest remainders; of equal ones to the
    earlier, so the caller lists them by account number. An amount below zero is split like its opposite. With weights
    that are all zero everything goes to the first. ValueError for an amount that is no multiple of the quantum, a
    negative weight, or an amount and nobody to take it.
    """
    if not weights:
        if amount:
            raise ValueError(f"{amount} can't be split among nobody.")
        return []
    if any(weight < 0 for weight in weights):
        raise ValueError(
            f"Weights must not be negative, but these are: {[str(weight) for weight in weights if weight < 0]}."
        )
    units = _whole_units(abs(amount), quantum)
    parts = _split_units(units, _as_integers(weights))
    unit = quantum if amount >= 0 else -quantum
    return [part * unit for part in parts]


def round_together(
    exact: Sequence[Fraction], quantum: Decimal, standing: Sequence[Decimal | None] | None = None
) -> list[Decimal]:
    """Exact amounts in whole quanta that add up to their exact sum, rounded once, half away from zero (MON-3).

    Each is rounded down, and what is left goes to the largest remainders, of equal ones to the earlier. `standing` is
    what some of them stand at already: one that is rounded rightly, down or up, keeps its cent. What is left then goes
    to the others first; after them up from those that stand rounded down, by largest remainder, or down from those
    that stand rounded up, by smallest.
    """
    unit = Fraction(quantum)
    amounts = [amount / unit for amount in exact]
    floors = [floor(amount) for amount in amounts]
    remainders = [amount - whole for amount, whole in zip(amounts, floors, strict=True)]
    units = list(floors)
    keeps = [False] * len(units)
    for place, stands in enumerate(standing or ()):
        if stands is not None and Fraction(stands) / unit in _rounded_rightly(floors[place], remainders[place]):
            units[place] = int(Fraction(stands) / unit)
            keeps[place] = True
    left = _half_up(sum(amounts, Fraction(0))) - sum(units)
    fractional = [place for place, remainder in enumerate(remainders) if remainder]
    if left > 0:
        raised = [place for place in fractional if units[place] == floors[place]]
        raised.sort(key=lambda place: (keeps[place], -remainders[place]))
        for place in raised[:left]:
            units[place] += 1
    elif left < 0:
        lowered = [place for place in fractional if units[place] > floors[place]]
        lowered.sort(key=lambda place: remainders[place])
        for place in lowered[:-left]:
            units[place] -= 1
    return [number * quantum for number in units]


def _rounded_rightly(whole: int, remainder: Fraction) -> tuple[int, ...]:
    return (whole, whole + 1) if remainder else (whole,)


def _half_up(amount: Fraction) -> int:
    whole = floor(abs(amount) + _HALF)
    return whole if amount >= 0 else -whole


def _whole_units(amount: Decimal, quantum: Decimal) -> int:
    units = amount / quantum
    if units != units.to_integral_value():
        raise ValueError(f"{amount} is not a multiple of {quantum}.")
    return int(units)


def _as_integers(weights: Sequence[Decimal]) -> list[int]:
    """The weights, all multiplied by the power of ten that makes them whole: shares of whole numbers are exact."""
    fractions = [weight.as_integer_ratio() for weight in weights]
    common = max(denominator for _, denominator in fractions)
    while any(common % denominator for _, denominator in fractions):
        common *= 10
    return [numerator * (common // denominator) for numerator, denominator in fractions]


def _split_units(units: int, weights: Sequence[int]) -> list[int]:
    total = sum(weights)
    if total == 0:
        return [units] + [0] * (len(weights) - 1)
    shares = [divmod(units * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: -shares[place][1])
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    return parts
