"""Taxes (TAX-1 to TAX-4): all rates that match, each on the net amount, rounded line by line or on the sum of the lines
of an invoice.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from banyan.engine.facts import Account, Family, TaxDate, TaxRates, TaxRounding, TaxTaken, Validity
from banyan.engine.result import Discounted, Draft, Taken
from banyan.engine.taking_back import taken_along
from banyan.kernel.frozen import frozen
from banyan.kernel.money import minor_unit, percent_of
from banyan.kernel.splitting import round_together

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


class Levies:
    """The taxes of the lines of a payer, each worked out once for lines of one account, tax category and day."""

    def __init__(self, family: Family, billing_date: date) -> None:
        self._accounts = family.accounts
        self._rates = family.tax_rates
        self._day_of_all = billing_date if family.payer.tax_date is TaxDate.INVOICE else None
        self._found: dict[tuple[int, str | None, date], tuple[Levied, bool]] = {}

    def on(self, draft: Draft) -> tuple[Levied, bool]:
        """The taxes that count for a line, and whether the customer accounts for the VAT; of a correction what the line
        that it corrects had (SUB-6).
        """
        if draft.corrects is not None:
            return _NONE, draft.corrects.reverse_charge
        charged = draft.charged
        category = None if charged.product is None else charged.product.tax_category
        key = draft.account_id, category, self._day_of_all or charged.service_day
        levied = self._found.get(key)
        if levied is None:
            account = self._accounts[draft.account_id]
            levied = self._found[key] = levied_on(self._rates, account, category, key[2])
        return levied


def tax_rounding(chosen: str | None, country: str | None) -> TaxRounding:
    """TAX-4: how an owner's taxes are rounded: as it chose, else as is usual in its country."""
    if chosen is not None:
        return TaxRounding(chosen)
    return TaxRounding.DOCUMENT if country in _EU else TaxRounding.LINE


def levied_on(rates: TaxRates, account: Account, tax_category: str | None, day: date) -> tuple[Levied, bool]:
    """The rates for the account's place and a product's tax category on a day, none for one that is not taxed; and
    whether the customer has to account for the VAT (TAX-3).
    """
    return _levied(
        rates,
        account.taxable,
        account.exempt,
        account.country,
        account.state,
        account.seller_country,
        account.has_vat_id,
        tax_category,
        day,
    )


@lru_cache(maxsize=16_384)
def _levied(
    rates: TaxRates,
    taxable: bool,
    exempt: tuple[Validity, ...],
    country: str | None,
    state: str | None,
    seller_country: str | None,
    has_vat_id: bool,
    tax_category: str | None,
    day: date,
) -> tuple[Levied, bool]:
    """Worked out once for all accounts and products that agree in all of this.

    TAX-2: an account that is not taxed, or has no place, pays none. VAT is a rate of a whole country: where it is
    reverse-charged, those of a state or city are left.
    """
    if country is None or not taxable or any(valid.holds_on(day) for valid in exempt):
        return _NONE, False
    reverse_charged = has_vat_id and _is_another_country_of_the_vat(seller_country, country)
    taxes = tuple(
        (rate.name, rate.percent)
        for rate in rates.rates
        if rate.country == country
        and rate.valid.holds_on(day)
        and rate.state in (None, state)
        and rate.tax_category in (None, tax_category)
        and not (reverse_charged and rate.state is None)
    )
    return Levied(taxes), reverse_charged


def _is_another_country_of_the_vat(seller_country: str | None, country: str) -> bool:
    """TAX-3: the seller and the place are in different EU countries."""
    seller, place = _VAT_AREA.get(seller_country or ""), _VAT_AREA.get(country)
    return seller is not None and place is not None and seller != place


def taxed(
    drafts: Sequence[Draft], offs: Sequence[Discounted], levied: Sequence[Levied], rounding: TaxRounding, currency: str
) -> list[Taken]:
    """What is taken off each line of one invoice and its taxes, in their order."""
    if rounding is TaxRounding.LINE or len(drafts) == 1:
        taken = [_taxed(off, levy, currency) for off, levy in zip(offs, levied, strict=True)]
    else:
        taken = _taxed_together(drafts, offs, levied, currency)
    for place, draft in enumerate(drafts):
        if draft.corrects is not None:
            taken[place] = taken_along(draft, currency)
    return taken


@lru_cache(maxsize=16_384)
def _taxed(off: Discounted, levied: Levied, currency: str) -> Taken:
    """Many lines agree in amount, discounts and rates, so it is worked out once."""
    return _taken(off, levied, tuple(percent_of(off.net, percent, currency) for _, percent in levied.taxes))


@lru_cache(maxsize=16_384)
def _taken(off: Discounted, levied: Levied, amounts: tuple[Decimal, ...]) -> Taken:
    taxes = tuple(
        TaxTaken(name, percent, amount) for (name, percent), amount in zip(levied.taxes, amounts, strict=True)
    )
    return Taken(off.discount, off.discounts, off.net, sum(amounts, Decimal(0)), taxes)


def _taxed_together(
    drafts: Sequence[Draft], offs: Sequence[Discounted], levied: Sequence[Levied], currency: str
) -> list[Taken]:
    """TAX-4: for each rate and category on the sum of the nets, rounded once and split over the lines."""
    alike: defaultdict[tuple[str, Decimal, str | None], list[tuple[int, int]]] = defaultdict(list)
    for place, (draft, levy) in enumerate(zip(drafts, levied, strict=True)):
        product = draft.charged.product
        for number, (name, percent) in enumerate(levy.taxes):
            alike[name, percent, None if product is None else product.tax_category].append((place, number))
    amounts = [[Decimal(0)] * len(levy.taxes) for levy in levied]
    for (_, percent, _), places in alike.items():
        nets = tuple(offs[place].net for place, _ in places)
        for (place, number), amount in zip(places, _percent_of_all(nets, percent, currency), strict=True):
            amounts[place][number] = amount
    return [_taken(off, levy, tuple(own)) for off, levy, own in zip(offs, levied, amounts, strict=True)]


@lru_cache(maxsize=16_384)
def _percent_of_all(nets: tuple[Decimal, ...], percent: Decimal, currency: str) -> tuple[Decimal, ...]:
    """So many percent of the sum, split over the amounts."""
    exact = [Fraction(net) * Fraction(percent) / 100 for net in nets]
    return tuple(round_together(exact, minor_unit(currency)))
