"""Splitting by largest remainder (MON-2): the parts add up exactly to what was split."""

from collections.abc import Sequence
from decimal import Decimal


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


def _whole_units(amount: Decimal, quantum: Decimal) -> int:
    units = amount / quantum
    if units != units.to_integral_value():
        raise ValueError(f"{amount} is no multiple of {quantum}.")
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
