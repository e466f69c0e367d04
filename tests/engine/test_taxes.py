"""Taxes on the net amount, each rounded by itself."""

from dataclasses import replace
from decimal import Decimal

import pytest

from banyan.engine.facts import Account, TaxRate, TaxRates
from banyan.engine.taxes import levied_on
from tests.engine.catalog import day, flat, terms
from tests.engine.company import Company

COUNTRY = TaxRate(1, "VAT", "US", None, None, Decimal("4"))
STATE = TaxRate(2, "Texas", "US", "TX", None, Decimal("6.25"))
SOFTWARE = TaxRate(3, "Software", "US", "TX", "software", Decimal("1"))
ELSEWHERE = TaxRate(4, "USt", "DE", None, None, Decimal("19"))
RATES = (COUNTRY, STATE, SOFTWARE, ELSEWHERE)


def names(country: str | None, state: str | None, category: str | None, *, taxable: bool = True) -> list[str]:
    return levied(RATES, Account(1, "A-1", taxable, country, state), category)


def levied(rates: tuple[TaxRate, ...], account: Account, category: str | None) -> list[str]:
    of_account, _ = levied_on(TaxRates(rates), account, category, day("2026-01-01"))
    return [name for name, _ in of_account.taxes]


@pytest.mark.rule("TAX-1", "TAX-2")
def test_every_rate_that_matches_place_and_category_holds() -> None:
    assert names("US", "TX", "software") == ["VAT", "Texas", "Software"]
    assert names("US", "TX", None) == ["VAT", "Texas"]
    assert names("US", "NY", "software") == ["VAT"]
    assert names("US", None, None) == ["VAT"]
    assert names("DE", "TX", None) == ["USt"]
    assert names("FR", None, None) == []


@pytest.mark.rule("TAX-2")
def test_an_account_that_is_not_taxable_or_has_no_place_is_not_taxed() -> None:
    assert names("US", "TX", "software", taxable=False) == []
    assert names(None, None, "software") == []


@pytest.mark.rule("TAX-1", "MON-1")
def test_each_tax_is_kept_and_rounded_by_itself_after_the_discount() -> None:
    company = Company(tax_rates=RATES)
    company.account(1, taxable=True, country="US", state="TX")
    company.subscribe(1, terms("2026-01-01", flat("10.50")))
    company.discount(1, percent="2")
    line = company.bill(1, day("2026-01-01")).invoices[0].lines[0]
    assert line.net == Decimal("10.29")
    assert [(tax.name, str(tax.amount)) for tax in line.taxes] == [("VAT", "0.41"), ("Texas", "0.64")]
    assert line.total == Decimal("11.34")


@pytest.mark.rule("TAX-2", "BHI-1")
def test_the_place_is_that_of_the_account_the_charge_comes_from_and_not_of_the_payer() -> None:
    company = Company(tax_rates=RATES)
    company.account(1, taxable=True, country="US", state="TX")
    company.account(2, taxable=True, country="DE")
    company.subscribe(2, terms("2026-01-01", flat("100.00")))
    company.responsible = {2: 1}
    (line,) = company.bill(1, day("2026-01-01")).invoices[0].lines
    assert [(tax.name, str(tax.amount)) for tax in line.taxes] == [("USt", "19.00")]


BUSINESS = Account(1, "A-1", True, "FR", "Paris", "DE", True)


@pytest.mark.rule("TAX-3")
@pytest.mark.parametrize(
    ("seller", "place", "has_vat_id", "taxable", "reverse_charged"),
    [
        ("DE", "FR", True, True, True),
        ("DE", "DE", True, True, False),
        ("DE", "FR", False, True, False),
        ("DE", "FR", True, False, False),
        ("US", "FR", True, True, False),
        ("DE", "US", True, True, False),
        ("DE", "CH", True, True, False),
        ("DE", "GB", True, True, False),
        ("GR", "IE", True, True, True),
        ("DE", "MC", True, True, True),
        ("FR", "MC", True, True, False),
        ("DE", "RE", True, True, False),
        (None, "FR", True, True, False),
        ("DE", None, True, True, False),
    ],
)
def test_vat_is_reverse_charged_between_two_countries_of_the_eu_to_a_business(
    seller: str | None, place: str | None, has_vat_id: bool, taxable: bool, reverse_charged: bool
) -> None:
    account = Account(1, "A-1", taxable, place, None, seller, has_vat_id)
    assert levied_on(TaxRates(()), account, None, day("2026-01-01"))[1] is reverse_charged


@pytest.mark.rule("TAX-3", "TAX-1")
def test_without_vat_the_rates_of_a_part_of_the_country_are_left() -> None:
    rates = (
        TaxRate(1, "TVA", "FR", None, None, Decimal(20)),
        TaxRate(2, "TVA on software", "FR", None, "software", Decimal(10)),
        TaxRate(3, "Octroi", "FR", "Paris", None, Decimal(1)),
    )
    assert levied(rates, BUSINESS, "software") == ["Octroi"]
    alone = replace(BUSINESS, has_vat_id=False)
    assert levied(rates, alone, "software") == ["TVA", "TVA on software", "Octroi"]


@pytest.mark.rule("TAX-3", "SUB-6")
def test_a_correction_is_reverse_charged_like_the_line_that_it_corrects() -> None:
    company = Company(tax_rates=(TaxRate(1, "TVA", "FR", None, None, Decimal(20)),))
    company.accounts[1] = BUSINESS
    item = company.subscribe(1, terms("2026-01-01", flat("31.00")))
    first = company.run(day("2026-01-01"))[1].invoices[0]
    assert (first.reverse_charge, first.tax, first.total) == (True, Decimal(0), Decimal("31.00"))
    company.accounts[1] = replace(BUSINESS, has_vat_id=False)
    company.cancel(item, day("2026-01-22"))
    company.charge(1, "50.00", day("2026-01-22"))
    (invoice,) = company.run(day("2026-02-01"))[1].invoices
    assert [(line.gross, line.tax, line.reverse_charge) for line in invoice.lines] == [
        (Decimal("-10.00"), Decimal(0), True),
        (Decimal("50.00"), Decimal("10.00"), False),
    ]
