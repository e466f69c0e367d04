"""Taxes (TAX-1 to TAX-3): all rates that match, each on the net amount and rounded by itself."""

from collections.abc import Iterable
from decimal import Decimal

from banyan.engine.drafts import Draft
from banyan.engine.facts import Account, TaxRate, TaxTaken
from banyan.kernel.money import percent_of

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


def taxes_taken(draft: Draft, net: Decimal, rates: Iterable[TaxRate], currency: str) -> tuple[TaxTaken, ...]:
    """The taxes on a line. A correction keeps the rates of the line it corrects (SUB-6)."""
    due: Iterable[TaxRate | TaxTaken] = rates if draft.corrects is None else draft.corrects.taxes
    return tuple(TaxTaken(rate.name, rate.percent, percent_of(net, rate.percent, currency)) for rate in due)
