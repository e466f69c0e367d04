"""Taxes (TAX-1 to TAX-3): all rates that match, each on the net amount and rounded by itself."""

from decimal import Decimal
from functools import lru_cache

from banyan.engine.facts import Account, TaxRate, TaxTaken
from banyan.engine.result import Discounted, Draft, Taken
from banyan.kernel.frozen import frozen
from banyan.kernel.money import percent_of

_EU = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}
_VAT_AREA = {country: country for country in _EU} | {"MC": "FR"}
"""The countries of the EU's VAT by ISO code, Monaco being part of France's; overseas parts with codes of their own (RE,
GP, AX) are outside, and so is Northern Ireland as far as services go."""

REVERSE_CHARGE_NOTE = "Reverse charge: the customer accounts for the VAT (Article 196 of Directive 2006/112/EC)."


@frozen(shared=True)
class Levied:
    """The name and percent of each tax that counts for an amount."""

    taxes: tuple[tuple[str, Decimal], ...]


_NONE = Levied(())


def is_reverse_charged(account: Account) -> bool:
    """TAX-3: the seller and the place are in different EU countries, and the customer has to account for the VAT."""
    if not account.has_vat_id or not account.taxable:
        return False
    seller, place = _VAT_AREA.get(account.seller_country or ""), _VAT_AREA.get(account.country or "")
    return seller is not None and place is not None and seller != place


def levied_on(rates: tuple[TaxRate, ...], account: Account, tax_category: str | None) -> Levied:
    """The rates for the account's place and a product's tax category; none for an account that is not taxable."""
    if not account.taxable or account.country is None:
        return _NONE
    return _levied(rates, account.country, account.state, is_reverse_charged(account), tax_category)


@lru_cache(maxsize=16_384)
def _levied(
    rates: tuple[TaxRate, ...], country: str, state: str | None, without_vat: bool, tax_category: str | None
) -> Levied:
    """One object for all accounts and products that agree in all of this.

    VAT is a rate of a whole country: where it is reverse-charged, those of a state or city are left.
    """
    return Levied(
        tuple(
            (rate.name, rate.percent)
            for rate in rates
            if rate.country == country
            and rate.state in (None, state)
            and rate.tax_category in (None, tax_category)
            and not (without_vat and rate.state is None)
        )
    )


def taxed(draft: Draft, off: Discounted, levied: Levied, currency: str) -> Taken:
    """What is taken off a line and its taxes. A correction keeps the rates of the line it corrects (SUB-6)."""
    return _taxed(off, levied if draft.corrects is None else _levied_before(draft.corrects.taxes), currency)


def _levied_before(taxes: tuple[TaxTaken, ...]) -> Levied:
    return Levied(tuple((tax.name, tax.percent) for tax in taxes))


@lru_cache(maxsize=16_384)
def _taxed(off: Discounted, levied: Levied, currency: str) -> Taken:
    """Many lines agree in amount, discounts and rates, so it is worked out once."""
    taxes = tuple(TaxTaken(name, percent, percent_of(off.net, percent, currency)) for name, percent in levied.taxes)
    return Taken(off.discount, off.discounts, off.net, sum((tax.amount for tax in taxes), Decimal(0)), taxes)
