"""Invoice numbers, what can be read of invoices, and voiding them (INV-2, INV-3, INV-6, LED-1)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import Account, Owner
from banyan.accounts.today import today
from banyan.engine.postings import AccountSum, postings
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.numbers import invoice_number
from banyan.invoices.queries import invoices, invoices_numbered, lines_of, number_of
from banyan.kernel.refusals import Kind, Refusal
from banyan.ledger.models import Posting
from banyan.ledger.queries import balances
from banyan.subscriptions.models import Charge, SubscriptionItem
from tests.billruns.running import as_if_there_were_payments
from tests.business import NEW_YEAR, an_account, as_issued, subscribed
from tests.posting import post

pytestmark = pytest.mark.usefixtures("tenant")

FEBRUARY = date(2026, 2, 1)


def issued(account: Account, sequence: int | None = 1, status: str = "open", **changes: Any) -> Invoice:
    """An invoice of 100.00, less 10.00, plus 17.10 tax."""
    invoice: dict[str, Any] = {
        "owner": account.owner,
        "sequence_number": sequence,
        "account": account,
        "bill_run_id": 1,
        "status": status,
        "invoice_date": NEW_YEAR,
        "due_date": date(2026, 1, 31),
        "currency": account.currency,
        "gross": Decimal("100.00"),
        "discount": Decimal("10.00"),
        "tax": Decimal("17.10"),
    }
    if status != "draft":
        invoice |= as_issued(account)
    return Invoice.objects.create(**(invoice | changes))


def line(invoice: Invoice, **changes: Any) -> InvoiceLine:
    """A line with the whole amount of the invoice, for January."""
    values: dict[str, Any] = {
        "invoice_id": invoice.id,
        "kind": "recurring",
        "account_id": invoice.account_id,
        "description": "Plan",
        "period_start": NEW_YEAR,
        "period_end": FEBRUARY,
        "quantity": 1,
        "gross": invoice.gross,
        "discount": invoice.discount,
        "tax": invoice.tax,
    }
    return InvoiceLine.objects.create(**(values | changes))


@pytest.mark.rule("INV-3")
def test_a_number_is_the_owners_prefix_and_six_digits_or_more() -> None:
    assert invoice_number("INV-", 7) == "INV-000007"
    assert invoice_number("", 1_234_567) == "1234567"
    draft = issued(an_account(), None, "draft")
    assert number_of(draft) is None


@pytest.mark.rule("INV-3")
def test_an_invoice_is_found_by_its_number_though_a_prefix_may_end_in_digits() -> None:
    account = an_account()
    prefix = account.owner.invoice_prefix
    Owner.objects.create(legal_name="Other", invoice_prefix=f"{prefix}0")
    invoice = issued(account, 7)
    assert [found.id for found in invoices_numbered(f"{prefix}000007")] == [invoice.id]
    assert number_of(invoices_numbered(f"{prefix}000007")[0]) == f"{prefix}000007"
    for other in (f"{prefix}7", f"{prefix}0000007", "000007", f"{prefix}000008", ""):
        assert not invoices_numbered(other).exists()


@pytest.mark.rule("INV-2")
def test_net_and_total_are_computed_and_only_an_open_invoice_has_a_balance() -> None:
    account = an_account()
    as_if_there_were_payments()
    open_, paid = issued(account, 1), issued(account, 2, "paid")
    found = {row.id: row for row in invoices().filter(account=account)}
    assert (found[open_.id].net, found[open_.id].total, found[open_.id].balance) == (
        Decimal("90.00"),
        Decimal("107.10"),
        Decimal("107.10"),
    )
    assert (found[paid.id].total, found[paid.id].balance) == (Decimal("107.10"), 0)


@pytest.mark.rule("INV-4")
def test_lines_come_in_their_order_with_net_and_total() -> None:
    invoice = issued(an_account())
    lines = [line(invoice), line(invoice, gross=5, discount=1, tax=2)]
    assert [row.id for row in lines_of(invoice.id)] == [row.id for row in lines]
    assert [(row.net, row.total) for row in lines_of(invoice.id).filter(id__gt=lines[0].id)] == [(4, 6)]


@pytest.mark.rule("INV-6", "LED-1")
def test_a_void_invoice_is_reversed_in_the_ledger_and_its_charges_can_be_billed_again() -> None:
    account = an_account()
    item = SubscriptionItem.objects.get(subscription=subscribed(account))
    charge = Charge.objects.create(account=account, description="Visit", amount=5, date=NEW_YEAR, billed=True)
    invoice = issued(account)
    line(invoice, item_id=item.id, period_start=FEBRUARY)
    line(invoice, item_id=item.id)
    line(invoice, charge_id=charge.id, kind="one_time")
    post(
        "invoice", invoice.id, NEW_YEAR, "USD", postings(account.id, [AccountSum(account.id, Decimal(90), Decimal(17))])
    )
    assert void_invoice(invoice.id).status == "void"
    item.refresh_from_db()
    charge.refresh_from_db()
    assert (item.changed_from, item.revision, charge.billed) == (NEW_YEAR, 1, False)
    assert not InvoiceLine.objects.filter(invoice_id=invoice.id, live=True).exists()
    assert balances([account.id])[account.id]["USD"] == 0
    assert set(Posting.objects.filter(source_kind="void").values_list("source_id", "posted_on")) == {
        (invoice.id, today())
    }
    assert invoices().get(pk=invoice.id).balance == 0


@pytest.mark.rule("INV-6")
def test_what_others_invoices_charged_stays_billed() -> None:
    account = an_account()
    item = SubscriptionItem.objects.get(subscription=subscribed(account))
    voided, kept = issued(account, 1), issued(account, 2)
    line(voided)
    kept_line = line(kept, item_id=item.id)
    void_invoice(voided.id)
    item.refresh_from_db()
    kept_line.refresh_from_db()
    assert (item.changed_from, item.revision, kept_line.live) == (None, 0, True)


@pytest.mark.rule("INV-6")
@pytest.mark.parametrize("status", ["void", "paid", "written_off", "draft"])
def test_only_an_open_invoice_can_be_voided(status: str) -> None:
    as_if_there_were_payments()
    invoice = issued(an_account(), None if status == "draft" else 1, status)
    with pytest.raises(Refusal) as caught:
        void_invoice(invoice.id)
    assert (caught.value.rule, caught.value.kind) == ("INV-6", Kind.CONFLICT)


def test_an_unknown_invoice_can_not_be_voided() -> None:
    with pytest.raises(Refusal) as caught:
        void_invoice(999_999_999)
    assert caught.value.kind is Kind.UNKNOWN
