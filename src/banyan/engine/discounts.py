"""Discounts (DIS-1 to DIS-4): which hold for a line, and what they take from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from banyan.engine.facts import Discount, DiscountTaken, Family
from banyan.engine.result import Charged, Discounted, Draft
from banyan.kernel.decimals import decimal_text
from banyan.kernel.frozen import frozen
from banyan.kernel.money import minor_unit, percent_of, round_amount
from banyan.kernel.splitting import split

_NOTHING = Decimal(0)


def discounted(drafts: Sequence[Draft], family: Family, billing_date: date) -> list[Discounted]:
    """What is taken off each line, in their order. `drafts` are all lines of the payer, of whatever invoice (DIS-4).

    A correction gets nothing here: it takes along what the line that it corrects had (SUB-6).
    """
    currency = family.payer.currency
    if not any(family.discounts.values()):
        return [percents_off(draft.charged.gross, (), currency) for draft in drafts]
    holding = _Holding(family, billing_date)
    found: dict[int, Discounted] = {}
    with_fixed: defaultdict[int, dict[int, tuple[Discount, ...]]] = defaultdict(dict)
    for place, draft in enumerate(drafts):
        held = holding.of(draft)
        if held.percents is not None:
            found[place] = percents_off(draft.charged.gross, held.percents, currency)
        else:
            with_fixed[held.discounts[0].account_id][place] = held.discounts
    for account_id, lines in with_fixed.items():
        found |= _apply(family.discounts[account_id], lines, drafts, family)
    return [found[place] for place in range(len(drafts))]


@frozen
class _Held:
    """The discounts that hold for a line, and their percentages if that is all."""

    discounts: tuple[Discount, ...]
    percents: tuple[Decimal, ...] | None


_NO_DISCOUNTS = _Held((), ())


class _Holding:
    """Which discounts hold for a line: those of the payer that do, else those of the account it comes from (DIS-2,
    DIS-3). A percentage has to be valid on the service day, a fixed amount on the billing date.
    """

    def __init__(self, family: Family, billing_date: date) -> None:
        self._of_account = family.discounts
        self._payer_id = family.payer.id
        self._billing_date = billing_date
        self._found: dict[tuple[int, date, int | None], _Held] = {}
        self._same_for_products = all(one.products is None for one in family.discounts.get(self._payer_id, ()))
        self._of_payer_on: dict[date, _Held] = {}

    def of(self, draft: Draft) -> _Held:
        charged = draft.charged
        if draft.corrects is not None or charged.gross < 0:
            return _NO_DISCOUNTS
        of_payer = self._of_payer_on.get(charged.service_day)  # most lines of a payer are of one day or two
        if of_payer is None:
            of_payer = self._of(self._payer_id, charged)
            if self._same_for_products:
                self._of_payer_on[charged.service_day] = of_payer
        return of_payer if of_payer.discounts else self._of(draft.account_id, charged)

    def _of(self, account_id: int, charged: Charged) -> _Held:
        product_id = None if charged.product is None else charged.product.id
        return self._among(account_id, charged.service_day, product_id)

    def _among(self, account_id: int, service_day: date, product_id: int | None) -> _Held:
        """Those of an account that hold; worked out once for lines that agree in all of it."""
        if account_id not in self._of_account:
            return _NO_DISCOUNTS
        key = account_id, service_day, product_id
        held = self._found.get(key)
        if held is None:
            held = self._found[key] = _held(self._of_account[account_id], service_day, product_id, self._billing_date)
        return held


def _held(discounts: Iterable[Discount], service_day: date, product_id: int | None, billing_date: date) -> _Held:
    holding = tuple(
        discount
        for discount in discounts
        if discount.valid.holds_on(billing_date if discount.percent is None else service_day)
        and (discount.products is None or product_id in discount.products)
    )
    percents = tuple(discount.percent for discount in holding if discount.percent is not None)
    return _Held(holding, percents if len(percents) == len(holding) else None)


@lru_cache(maxsize=16_384)
def percents_off(gross: Decimal, percents: tuple[Decimal, ...], currency: str) -> Discounted:
    """One percent discount after the other. Many lines agree in amount and percents, so it is worked out once.

    2.00 and 2.0000 are one amount and so one result, written with the decimals of the currency whoever asked first.
    """
    left = gross = round_amount(gross, currency)
    taken = []
    for percent in percents:
        amount = percent_of(left, percent, currency)
        left -= amount
        taken.append(DiscountTaken(_percent_name(percent), percent, amount))
    return Discounted(gross - left, tuple(taken), left)


def _apply(
    discounts: Iterable[Discount],
    holding: Mapping[int, tuple[Discount, ...]],
    drafts: Sequence[Draft],
    family: Family,
) -> dict[int, Discounted]:
    """The discounts of one account, in the order they were made, each on what is left of the lines it holds for."""
    currency = family.payer.currency
    left = {place: drafts[place].charged.gross for place in holding}
    taken: dict[int, list[DiscountTaken]] = {place: [] for place in left}
    for discount in discounts:
        lines = [place for place, held in holding.items() if discount in held]
        if discount.percent is not None:
            amounts = {place: percent_of(left[place], discount.percent, currency) for place in lines}
        else:
            amounts = _shares(discount, lines, left, drafts, family)
        name = discount_name(discount, currency)
        of_which = None if discount.percent is not None else discount.id
        for place, amount in amounts.items():
            left[place] -= amount
            taken[place].append(DiscountTaken(name, discount.percent, amount, of_which))
    return {
        place: Discounted(drafts[place].charged.gross - rest, tuple(taken[place]), rest) for place, rest in left.items()
    }


def _shares(
    discount: Discount,
    lines: Iterable[int],
    left: Mapping[int, Decimal],
    drafts: Sequence[Draft],
    family: Family,
) -> dict[int, Decimal]:
    """What is left of a fixed amount on this billing date, over the lines that something is left of, in proportion to
    that (DIS-4, MON-2); never more than is left.
    """
    currency = family.payer.currency
    charged = [place for place in lines if left[place] > 0]
    charged.sort(key=lambda place: family.accounts[drafts[place].account_id].number)
    weights = [left[place] for place in charged]
    amount = round_amount(discount.amount or _NOTHING, currency) - family.fixed_taken.get(discount.id, _NOTHING)
    taken = max(_NOTHING, min(amount, sum(weights, _NOTHING)))
    parts = split(taken, weights, minor_unit(currency))
    return {place: part for place, part in zip(charged, parts, strict=True) if part}


def discount_name(discount: Discount, currency: str) -> str:
    """What the invoice calls it: `10 %`, `5.00 USD`."""
    if discount.percent is not None:
        return _percent_name(discount.percent)
    return f"{round_amount(discount.amount or _NOTHING, currency):f} {currency}"


def _percent_name(percent: Decimal) -> str:
    return f"{decimal_text(percent)} %"
