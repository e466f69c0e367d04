"""Invoices as pages (CON-9)."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import Account, PaymentTerm
from banyan.catalog.models import Discount, TaxRate
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.update_customer import update_customer
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.queries import number_of
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.models import Organization
from banyan.organizations.roles import Role
from tests.billruns.running import JANUARY, run_for
from tests.business import a_price, an_account, subscribed
from tests.console.conftest import Visitor, readable

pytestmark = [pytest.mark.rule("CON-9")]


@pytest.fixture
def payer(tenant: str) -> Account:
    """Acme, which pays for Site; both have a subscription, Site a discount of 10 %."""
    payer, site = an_account("Acme"), an_account("Site")
    price = a_price("10")
    Account.objects.filter(pk=site.pk).update(bill_cycle=payer.bill_cycle)
    for each in (payer, site):
        subscribed(each, price, start_date=JANUARY)
    assign_responsible_account(site.pk, payer.pk, JANUARY)
    Discount.objects.create(account=site, percent=Decimal(10))
    return payer


@pytest.fixture
def invoice(payer: Account) -> Invoice:
    run = run_for(payer.bill_cycle, JANUARY)
    return Invoice.objects.select_related("owner").get(bill_run_id=run.pk)


def of(invoice: Invoice, verb: str = "") -> str:
    """The address of an invoice's page."""
    return f"/invoices/inv_{invoice.pk}{verb}"


@pytest.mark.rule("INV-5")
def test_lines_stand_by_account_with_subtotals_and_reasons(visitor: Callable[..., Visitor], invoice: Invoice):
    page = visitor().text(of(invoice))
    assert f"Invoice {number_of(invoice)}" in page
    assert re.search(r"Subtotal of Acme \(.*?\) \$10.00", page)
    assert re.search(r"Subtotal of Site \(.*?\) \$9.00", page)
    assert "is responsible for Site" in page
    assert re.search(r"Discount: 10 % of \$10.00 = \$1.00. DIS-1 -\$1.00", page)
    assert re.search(r"1 \$10.00 \$10.00 -\$1.00 \$9.00 – \$9.00", page)
    assert "Net $19.00 Total $19.00" in page


@pytest.mark.rule("TAX-1")
def test_taxes_are_summed_by_name(visitor: Callable[..., Visitor], payer: Account):
    TaxRate.objects.create(name="Sales tax", country="US", percent=Decimal(5))
    Account.objects.update(billing_address={"country": "US"})
    run = run_for(payer.bill_cycle, JANUARY)
    invoice = Invoice.objects.get(bill_run_id=run.pk)
    assert "Net $19.00 Sales tax 5% $0.95 Total $19.95" in visitor().text(of(invoice))


@pytest.mark.rule("INV-6")
def test_it_is_voided_after_saying_what_that_changes(visitor: Callable[..., Visitor], invoice: Invoice):
    ada = visitor()
    assert "owes $19.00 less. 2 lines are billed again" in ada.text(of(invoice, "/void"))
    assert ada.post(of(invoice, "/void")).status_code == 302
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.VOID
    again = ada.post(of(invoice, "/void"))
    assert again.status_code == 409
    assert "INV-6" in readable(again)
    assert "Void</a>" not in ada.get(of(invoice)).content.decode()


def test_its_lines_are_given_as_csv(visitor: Callable[..., Visitor], invoice: Invoice, payer: Account):
    answer = visitor().get(of(invoice, "/lines.csv"))
    first, second, third = b"".join(answer.streaming_content).decode().splitlines()
    assert first.startswith("account,account_name,kind,description")
    assert second.startswith(f"{payer.number},Acme,recurring,")
    assert third.endswith(",USD,10.00,1.00,9.00,0.00,9.00,BHI-1")


def test_it_is_found_by_number_account_and_status(visitor: Callable[..., Visitor], invoice: Invoice):
    ada, number = visitor(), number_of(invoice)
    for found in ("", f"?q={number}", "?q=Acme", "?status=open", "?status=overdue", "?since=2026-01-01"):
        assert number in ada.text(f"/invoices{found}"), found
    for missed in ("?q=Nobody", "?status=void", "?since=2026-01-02"):
        assert number not in ada.text(f"/invoices{missed}"), missed
    assert ada.get("/invoices?since=nonsense&status=nonsense").status_code == 422


def test_a_large_one_is_shown_in_pages(
    visitor: Callable[..., Visitor], invoice: Invoice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("banyan.console.invoices.LINES_OF_A_PAGE", 1)
    page = visitor().text(of(invoice, "?page=2"))
    assert "Lines 2 to 2 of 2" in page
    assert "Subtotal of Site" in page
    assert "Subtotal of Acme" not in page


@pytest.mark.rule("ORG-3")
def test_accounts_out_of_reach_are_not_named_and_their_invoices_not_there(
    visitor: Callable[..., Visitor], invoice: Invoice, payer: Account
):
    north = create_organization("North", "NORTH")
    Account.objects.filter(pk=payer.pk).update(organization=north.pk)
    page = visitor(Role.VIEWER, north).text(of(invoice))
    assert "Site" not in page
    assert "Another account" in page
    south = Organization.objects.get(pk=create_organization("South", "SOUTH").pk)
    assert visitor(Role.VIEWER, south).get(of(invoice)).status_code == 404


@pytest.mark.rule("INV-9")
def test_page_and_files_show_the_parties_as_on_issue(
    visitor: Callable[..., Visitor], invoice: Invoice, payer: Account
) -> None:
    ada, run = visitor(), f"/bill-runs/run_{invoice.bill_run_id}/invoices.csv"
    before, lines, file = ada.text(of(invoice)), contents(ada, of(invoice, "/lines.csv")), contents(ada, run)
    for expected in ("Acme", "Site", payer.payment_term.name, invoice.owner.legal_name):
        assert expected in before
    update_customer(payer.customer_id, {"company_name": "Renamed", "tax_number": "12-3456789"})
    update_owner(payer.owner_id, {"legal_name": "Other seller"})
    update_list_entry(PaymentTerm, payer.payment_term_id, {"name": "Never"})
    Account.objects.update(name="Renamed")
    assert ada.text(of(invoice)) == before
    assert contents(ada, of(invoice, "/lines.csv")) == lines
    assert contents(ada, run) == file


def contents(visitor: Visitor, address: str) -> bytes:
    """A file that is given away in pieces."""
    return b"".join(visitor.get(address).streaming_content)


@pytest.mark.rule("INV-10")
def test_it_is_reissued_for_a_reason_after_showing_to_whom(visitor: Callable[..., Visitor], invoice: Invoice) -> None:
    ada, form = visitor(), of(invoice, "/reissue")
    assert "Reissue</a>" in ada.get(of(invoice)).content.decode()
    assert ada.post(form, {"reason": " "}).status_code == 422
    shown = readable(ada.post(form, {"reason": "Wrong address"}))
    assert "a new one for $19.00 is issued at once, dated today" in shown
    confirms = re.search(
        r'name="confirmed" value="(\w+)"', ada.post(form, {"reason": "Wrong address"}).content.decode()
    )
    assert confirms is not None
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.OPEN
    assert ada.post(form, {"reason": "Wrong address", "confirmed": confirms[1]}).status_code == 302
    new = Invoice.objects.select_related("owner").get(reissue_of=invoice.pk)
    assert f"Replaces {number_of(invoice)}" in ada.text(of(new))
    assert f"Replaced by {number_of(new)}" in ada.text(of(invoice))
    assert "Reissue</a>" not in ada.get(of(invoice)).content.decode()
    refused = ada.post(form, {"reason": "Wrong address", "confirmed": confirms[1]})
    assert "its charges are billed by the next run" in readable(refused)


@pytest.mark.rule("CUS-5", "INV-9")
def test_an_invoice_names_both_countries_where_they_differ(visitor: Callable[..., Visitor], payer: Account):
    abroad = {"line1": "Hauptstraße 5", "city": "Köln", "postal_code": "50667", "country": "DE"}
    update_owner(payer.owner_id, {"address": {"line1": "1 Elm St", "city": "Albany", "state": "NY", "country": "US"}})
    update_customer(payer.customer_id, {"billing_address": abroad})
    run = run_for(payer.bill_cycle, JANUARY)
    page = visitor().text(of(Invoice.objects.get(bill_run_id=run.pk)))
    assert "1 Elm St ALBANY, NY United States of America" in page
    assert "Hauptstraße 5 50667 KÖLN Germany" in page
