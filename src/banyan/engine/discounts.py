"""Discounts (DIS-1 to DIS-4): which hold for a line, and what they take from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from banyan.engine.facts import Discount, DiscountTaken, Family, LineKind
from banyan.engine.result import Discounted, Draft
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import minor_unit, percent_of, round_amount
from banyan.kernel.splitting import split


def discounted(drafts: Sequence[Draft], family: Family) -> list[Discounted]:
    """What is taken off each line of one invoice, in the order of the lines.

    A correction keeps the percents of the line it corrects and gets nothing else (SUB-6).
    """
    currency = family.payer.currency
    found: dict[int, Discounted] = {}
    for place, draft in enumerate(drafts):
        if draft.corrects is not None:
            found[place] = _percents_off(draft.charged.gross, _percents(draft.corrects.discounts), currency)
    for discounts, places in _covered(drafts, family):
        if all(discount.percent is not None for discount in discounts):
            percents = _percents(discounts)
            for_some_products = any(discount.products is not None for discount in discounts)
            for place in places:
                if for_some_products:
                    percents = _percents(discount for discount in discounts if _covers(discount, drafts[place]))
                found[place] = _percents_off(drafts[place].charged.gross, percents, currency)
        else:
            found |= _apply(discounts, places, drafts, family)
    return [
        found[place] if place in found else _percents_off(draft.charged.gross, (), currency)
        for place, draft in enumerate(drafts)
    ]


def _percents(discounts: Iterable[Discount | DiscountTaken]) -> tuple[Decimal, ...]:
    return tuple(discount.percent for discount in discounts if discount.percent is not None)


@lru_cache(maxsize=16_384)
def _percents_off(gross: Decimal, percents: tuple[Decimal, ...], currency: str) -> Discounted:
    """One percent discount after the other. Many lines agree in amount and percents, so it is worked out once."""
    left = gross
    taken = []
    for percent in percents:
        amount = percent_of(left, percent, currency)
        left -= amount
        taken.append(DiscountTaken(_percent_name(percent), percent, amount))
    return Discounted(gross - left, tuple(taken), left)


def _covered(drafts: Sequence[Draft], family: Family) -> Iterable[tuple[tuple[Discount, ...], list[int]]]:
    """Each set of discounts and the places of the lines it holds for: the payer's overrides everybody else's (DIS-2,
    DIS-3).
    """
    if not any(family.discounts.values()):
        return []
    ordinary = [place for place, draft in enumerate(drafts) if draft.charged.kind is not LineKind.CORRECTION]
    of_payer = family.discounts.get(family.payer.id)
    if of_payer:
        return [(of_payer, ordinary)]
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place in ordinary:
        places[drafts[place].account_id].append(place)
    return [(family.discounts[account_id], own) for account_id, own in places.items() if account_id in family.discounts]


def _apply(
    discounts: Iterable[Discount], places: Iterable[int], drafts: Sequence[Draft], family: Family
) -> dict[int, Discounted]:
    """One discount after the other, each on what is left of the lines."""
    currency = family.payer.currency
    left = {place: drafts[place].charged.gross for place in places}
    taken: dict[int, list[DiscountTaken]] = {place: [] for place in left}
    for discount in discounts:
        lines = [place for place in left if _covers(discount, drafts[place])]
        if discount.percent is not None:
            amounts = {place: percent_of(left[place], discount.percent, currency) for place in lines}
        else:
            amounts = _shares(discount.amount or Decimal(0), lines, left, drafts, family)
        name = discount_name(discount, currency)
        for place, amount in amounts.items():
            left[place] -= amount
            taken[place].append(DiscountTaken(name, discount.percent, amount))
    return {
        place: Discounted(drafts[place].charged.gross - left[place], tuple(taken[place]), left[place]) for place in left
    }


def _covers(discount: Discount, draft: Draft) -> bool:
    product = draft.charged.product
    return discount.products is None or (product is not None and product.id in discount.products)


def _shares(
    amount: Decimal, lines: Iterable[int], left: Mapping[int, Decimal], drafts: Sequence[Draft], family: Family
) -> dict[int, Decimal]:
    """A fixed amount over the lines that something is left of, in proportion to that (DIS-4, MON-2); never more than
    is left.
    """
    charged = [place for place in lines if left[place] > 0]
    charged.sort(key=lambda place: family.accounts[drafts[place].account_id].number)
    weights = [left[place] for place in charged]
    taken = min(round_amount(amount, family.payer.currency), sum(weights, Decimal(0)))
    parts = split(taken, weights, minor_unit(family.payer.currency))
    return {place: part for place, part in zip(charged, parts, strict=True) if part}


def discount_name(discount: Discount, currency: str) -> str:
    """What the invoice calls it: `10 %`, `5.00 USD`."""
    if discount.percent is not None:
        return _percent_name(discount.percent)
    return f"{round_amount(discount.amount or Decimal(0), currency):f} {currency}"


def _percent_name(percent: Decimal) -> str:
    return f"{decimal_text(percent)} %"
