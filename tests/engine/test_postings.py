"""What an invoice posts to the ledger."""

from decimal import Decimal

import pytest

from banyan.engine.facts import TaxRate
from banyan.engine.postings import AccountSum, LedgerKind, Posting, postings, sums_by_account
from tests.engine.catalog import day, flat, terms
from tests.engine.company import Company

RECEIVABLE, REVENUE, TAX = LedgerKind.RECEIVABLE, LedgerKind.REVENUE, LedgerKind.TAX_PAYABLE


@pytest.mark.rule("LED-1")
def test_an_invoice_debits_the_payer_and_credits_revenue_and_tax_of_each_account() -> None:
    company = Company(tax_rates=(TaxRate(1, "VAT", "DE", None, None, Decimal(19)),))
    company.account(1)
    company.account(2, taxable=True, country="DE")
    company.responsible = {2: 1}
    company.subscribe(1, terms("2026-01-01", flat("10.00")))
    company.subscribe(2, terms("2026-01-01", flat("100.00")))
    company.subscribe(2, terms("2026-01-01", flat("50.00")))
    (invoice,) = company.bill(1, day("2026-01-01")).invoices
    posted = postings(1, sums_by_account(invoice.lines))
    assert posted == (
        Posting(RECEIVABLE, 1, REVENUE, 1, Decimal("10.00")),
        Posting(RECEIVABLE, 1, REVENUE, 2, Decimal("150.00")),
        Posting(RECEIVABLE, 1, TAX, 2, Decimal("28.50")),
    )
    assert sum(posting.amount for posting in posted) == invoice.total


@pytest.mark.rule("LED-1")
def test_a_sum_below_zero_changes_sides_and_zero_is_not_posted() -> None:
    sums = [AccountSum(1, Decimal("0.00"), Decimal("0.00")), AccountSum(2, Decimal("-15.50"), Decimal("-2.95"))]
    assert postings(1, sums) == (
        Posting(REVENUE, 2, RECEIVABLE, 1, Decimal("15.50")),
        Posting(TAX, 2, RECEIVABLE, 1, Decimal("2.95")),
    )
