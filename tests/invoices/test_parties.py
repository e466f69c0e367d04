"""An issued invoice keeps its parties and terms as they were on issue (INV-9)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import Account, AccountVersion, CustomerVersion, OwnerVersion, PaymentTerm
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.models import RunMode, SimulatedInvoice
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.invoices.models import Invoice
from banyan.invoices.parties import accounts_of, parties_of, payers_of
from banyan.invoices.queries import invoices
from tests.billruns.running import FEBRUARY, JANUARY, execute, only_invoice, require_approval, run_for
from tests.business import a_price, an_account, subscribed

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("INV-9")]

HERE = {"line1": "1 Elm Street", "city": "Albany", "country": "US"}
THERE = {"line1": "9 Oak Road", "city": "Boston", "country": "US"}


@pytest.fixture
def acme() -> Account:
    """Acme in Albany, due in 30 days, with its site, which it pays for; both are billed monthly."""
    acme, site = an_account("Acme"), an_account("Site")
    update_customer(acme.customer_id, {"billing_address": HERE, "tax_number": "12-3456789"})
    update_owner(acme.owner_id, {"legal_name": "Banyan Inc", "address": HERE})
    term = create_payment_term("Net 30 days", 30)
    update_account(acme.pk, {"payment_term": term.pk, "billing_details": "PO 1"})
    Account.objects.filter(pk=site.pk).update(bill_cycle=acme.bill_cycle)
    for account in (acme, site):
        subscribed(account, a_price("10"))
    assign_responsible_account(site.pk, acme.pk, JANUARY)
    acme.refresh_from_db()
    return acme


def shown(invoice: Invoice) -> dict[str, object]:
    """What the invoice shows of its parties."""
    parties = parties_of(invoice)
    return {
        "seller": (parties.seller.legal_name, parties.seller.address),
        "buyer": (parties.buyer.name, parties.buyer.tax_number),
        "address": parties.billing_address,
        "details": parties.account.billing_details,
        "term": (parties.term.name, parties.term.days),
        "language": parties.language,
        "accounts": sorted(named.name for named in accounts_of(invoice, _accounts(invoice)).values()),
    }


def _accounts(invoice: Invoice) -> list[int]:
    return list(
        AccountVersion.objects.filter(pk__in=issued(invoice).account_versions).values_list("account_id", flat=True)
    )


def issued(invoice: Invoice) -> Invoice:
    """The invoice with all its columns."""
    return Invoice.objects.get(pk=invoice.pk)


def edit_everything(acme: Account) -> None:
    """Seller, buyer, payment term, language and both accounts become others."""
    update_owner(acme.owner_id, {"legal_name": "Banyan Holding", "address": THERE})
    update_customer(acme.customer_id, {"company_name": "Acme Holding", "billing_address": THERE, "tax_number": None})
    update_account(acme.pk, {"name": "Head office", "preferred_language": "de", "billing_details": "PO 2"})
    update_list_entry(PaymentTerm, acme.payment_term_id, {"name": "Net 60 days", "days": 60})
    Account.objects.filter(name="Site").update(name="Plant")


BEFORE = {
    "seller": ("Banyan Inc", HERE),
    "buyer": ("Acme", "12-3456789"),
    "address": HERE,
    "details": "PO 1",
    "term": ("Net 30 days", 30),
    "language": "en",
    "accounts": ["Acme", "Site"],
}
AFTER = {
    "seller": ("Banyan Holding", THERE),
    "buyer": ("Acme Holding", None),
    "address": THERE,
    "details": "PO 2",
    "term": ("Net 60 days", 60),
    "language": "de",
    "accounts": ["Head office", "Plant"],
}


def test_an_issued_invoice_shows_its_parties_as_on_issue_whatever_is_edited_later(acme: Account):
    invoice = only_invoice(run_for(acme.bill_cycle, JANUARY))
    assert shown(invoice) == BEFORE
    edit_everything(acme)
    assert shown(invoice) == BEFORE
    assert payers_of([invoice])[invoice.pk].name == "Acme"
    assert shown(only_invoice(run_for(acme.bill_cycle, FEBRUARY))) == AFTER


def test_between_two_runs_only_the_last_of_two_edits_is_shown_by_the_second(acme: Account):
    first = only_invoice(run_for(acme.bill_cycle, JANUARY))
    for name in ("Acme East", "Acme West"):
        update_customer(acme.customer_id, {"company_name": name})
    second = only_invoice(run_for(acme.bill_cycle, FEBRUARY))
    assert [shown(each)["buyer"] for each in (first, second)] == [("Acme", "12-3456789"), ("Acme West", "12-3456789")]


@pytest.mark.rule("RUN-7")
def test_a_draft_shows_what_holds_now_and_keeps_what_holds_on_approval(acme: Account):
    require_approval()
    run = run_for(acme.bill_cycle, JANUARY)
    draft = only_invoice(run)
    assert shown_of_draft(draft) == BEFORE["buyer"]
    edit_everything(acme)
    assert shown_of_draft(draft) == AFTER["buyer"]
    approve_run(run.pk)
    invoice = invoices().get(pk=draft.pk)
    assert shown(invoice) == AFTER
    update_customer(acme.customer_id, {"company_name": "Acme again"})
    assert shown(invoices().get(pk=draft.pk)) == AFTER


def shown_of_draft(draft: Invoice) -> object:
    """Name and tax number of who would be invoiced."""
    buyer = parties_of(draft).buyer
    return (buyer.name, buyer.tax_number)


@pytest.mark.rule("RUN-6")
def test_a_simulated_invoice_keeps_the_parties_of_its_simulation(acme: Account):
    run = run_for(acme.bill_cycle, JANUARY, RunMode.SIMULATE)
    edit_everything(acme)
    document = SimulatedInvoice.objects.get(run=run).document
    assert document["seller"]["legal_name"] == "Banyan Inc"
    assert (document["buyer"]["name"], document["buyer"]["billing_address"]) == ("Acme", HERE)
    assert document["payment_term"] == {"name": "Net 30 days", "days": 30}
    assert [each["name"] for each in document["accounts"]] == ["Acme", "Site"]


def test_a_version_is_written_once_a_change_and_not_when_nothing_that_invoices_show_changes(acme: Account):
    def versions() -> tuple[int, int, int]:
        return (
            OwnerVersion.objects.filter(owner_id=acme.owner_id).count(),
            CustomerVersion.objects.filter(customer_id=acme.customer_id).count(),
            AccountVersion.objects.filter(account_id=acme.pk).count(),
        )

    owner, customer, account = versions()
    update_customer(acme.customer_id, {"billing_address": HERE, "primary_email": "new@example.com"})
    update_owner(acme.owner_id, {"legal_name": "Banyan Inc", "base_currency": "EUR"})
    update_account(acme.pk, {"name": "Acme", "minimum_invoice_amount": Decimal(5)})
    run_for(acme.bill_cycle, JANUARY)
    assert versions() == (owner, customer, account)
    update_customer(acme.customer_id, {"billing_address": THERE})
    assert versions() == (owner, customer + 1, account)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_customerversion SET name = 'Somebody else'",
        "DELETE FROM accounts_accountversion",
        "TRUNCATE accounts_ownerversion",
        "INSERT INTO accounts_paymenttermversion (payment_term_id, name, days) VALUES (1, 'Never', 3650)",
    ],
)
def test_the_database_refuses_to_touch_versions(acme: Account, statement: str):
    with pytest.raises(IntegrityError, match="kept for the record"), transaction.atomic():
        execute(statement)


@pytest.mark.rule("INV-6")
@pytest.mark.parametrize("column", ["seller_version", "buyer_version", "term_version"])
def test_the_database_refuses_other_versions_on_an_issued_invoice(acme: Account, column: str):
    invoice = only_invoice(run_for(acme.bill_cycle, JANUARY))
    edit_everything(acme)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        execute(f"UPDATE invoices_invoice SET {column} = {column} + 1 WHERE id = %s", [invoice.pk])
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        execute("UPDATE invoices_invoice SET account_versions = '{}' WHERE id = %s", [invoice.pk])


def test_the_database_refuses_an_issued_invoice_without_its_parties(acme: Account):
    require_approval()
    draft = only_invoice(run_for(acme.bill_cycle, JANUARY))
    with pytest.raises(IntegrityError, match="keeps_its_parties"), transaction.atomic():
        execute("UPDATE invoices_invoice SET status = 'open', sequence_number = 99 WHERE id = %s", [draft.pk])


@pytest.mark.parametrize(
    "sql", ["UPDATE accounts_customer SET tax_number = 'X'", "UPDATE accounts_customer SET company_name = 'X'"]
)
def test_sql_that_goes_past_the_actions_writes_versions_too(acme: Account, sql: str):
    before = CustomerVersion.objects.count()
    execute(f"{sql} WHERE id = %s", [acme.customer_id])
    assert CustomerVersion.objects.count() == before + 1
