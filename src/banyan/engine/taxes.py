"""Taxes (TAX-1 to TAX-3): all rates that match, each on the net amount and rounded by itself."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from banyan.engine.drafts import Draft
from banyan.engine.facts import Account, TaxRate, TaxTaken
from banyan.kernel.money import percent_of

Levied = tuple[tuple[str, Decimal], ...]
"""The name and percent of each tax."""

_EU = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}
_VAT_AREA = {country: country for country in _EU} | {"MC": "FR"}
"""The countries of the EU's VAT by ISO code, Monaco being part of France's; overseas parts with codes of their own (RE,
GP, AX) are outside, and so is Northern Ireland as far as services go."""

REVERSE_CHARGE_NOTE = "Reverse charge: the customer accounts for the VAT (Article 196 of Directive 2006/112/EC)."


def is_reverse_charged(account: Account) -> bool:
    """TAX-3: the seller and the place are in different EU countries, and the customer has to account for the VAT."""
    if not account.has_vat_id or not account.taxable:
        return False
    seller, place = _VAT_AREA.get(account.seller_country or ""), _VAT_AREA.get(account.country or "")
    return seller is not None and place is not None and seller != place


def matching_rates(rates: Iterable[TaxRate], account: Account, tax_category: str | None) -> tuple[TaxRate, ...]:
    """The rates for the account's place and a product's tax category; none for an account that is not taxable.

    VAT is a rate of a whole country: where it is reverse-charged, those of a state or city are left.
    """
    if not account.taxable or account.country is None:
        return ()
    without_vat = is_reverse_charged(account)
    return tuple(
        rate
        for rate in rates
        if rate.country == account.country
        and rate.state in (None, account.state)
        and rate.tax_category in (None, tax_category)
        and not (without_vat and rate.state is None)
    )


def levied(rates: Iterable[TaxRate | TaxTaken]) -> Levied:
    """What of the rates counts for an amount."""
    return tuple((rate.name, rate.percent) for rate in rates)


def taxes_taken(draft: Draft, net: Decimal, rates: Levied, currency: str) -> tuple[TaxTaken, ...]:
    """The taxes on a line. A correction keeps the rates of the line it corrects (SUB-6)."""
    return _taxes_on(net, rates if draft.corrects is None else levied(draft.corrects.taxes), currency)


@lru_cache(maxsize=16_384)
def _taxes_on(net: Decimal, rates: Levied, currency: str) -> tuple[TaxTaken, ...]:
    """Many lines agree in amount and rates, so it is worked out once."""
    return tuple(TaxTaken(name, percent, percent_of(net, percent, currency)) for name, percent in rates)
