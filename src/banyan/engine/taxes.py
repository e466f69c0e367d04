"""Taxes (TAX-1, TAX-2): all rates that match, each on the net amount and rounded by itself."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from banyan.engine.drafts import Draft
from banyan.engine.facts import Account, TaxRate, TaxTaken
from banyan.kernel.money import percent_of


def matching_rates(rates: Iterable[TaxRate], account: Account, tax_category: str | None) -> tuple[TaxRate, ...]:
    """The rates for the account's place and a product's tax category; none for an account that is not taxable."""
    if not account.taxable or account.country is None:
        return ()
    return tuple(
        rate
        for rate in rates
        if rate.country == account.country
        and rate.state in (None, account.state)
        and rate.tax_category in (None, tax_category)
    )


def taxes_taken(draft: Draft, net: Decimal, rates: Iterable[TaxRate], currency: str) -> tuple[TaxTaken, ...]:
    """The taxes on a line. A correction keeps the rates of the line it corrects (SUB-6)."""
    due: Iterable[TaxRate | TaxTaken] = rates if draft.corrects is None else draft.corrects.taxes
    return tuple(_tax(rate.name, rate.percent, net, currency) for rate in due)


@lru_cache(maxsize=16_384)
def _tax(name: str, percent: Decimal, net: Decimal, currency: str) -> TaxTaken:
    return TaxTaken(name, percent, percent_of(net, percent, currency))
