"""Parties and terms of an invoice over the API, as they were on issue (INV-9)."""

from datetime import date
from typing import Any

import pytest

from banyan.accounts.models import BillCycle
from banyan.kernel.ids import decode_id
from tests.api.asking import Api
from tests.billruns.running import run_for

pytestmark = pytest.mark.rule("INV-9")
ALBANY = {
    "line1": "1 Elm Street",
    "line2": None,
    "city": "Albany",
    "state": "NY",
    "postal_code": "12207",
    "country": "US",
}


@pytest.fixture
def account(api: Api) -> Any:
    """Acme's account, with a bill of 5.00 for January."""
    cycle = api.bill_cycle()
    customer = api.customer(cycle=cycle)
    changes = {"company_name": "Acme", "billing_address": ALBANY, "tax_number": "12-3456789"}
    assert api.ask("PATCH", f"/customers/{customer['id']}", changes).status == 200
    account = api.get(f"/accounts/{customer['default_account']}")
    assert api.ask("PATCH", f"/accounts/{account['id']}", {"name": "Acme East"}).status == 200
    api.make("/charges", {"account": account["id"], "description": "Visit", "amount": "5.00", "date": "2026-01-05"})
    run_for(BillCycle.objects.get(pk=decode_id("bill_cycle", cycle)), date(2026, 2, 1))
    return account


def test_an_invoice_tells_seller_buyer_term_language_and_accounts_as_on_issue(api: Api, account: Any) -> None:
    (listed,) = api.get(f"/invoices?account={account['id']}")["data"]
    invoice = api.get(f"/invoices/{listed['id']}")
    owner = api.get(f"/owners/{account['owner']}")
    term = api.get(f"/payment-terms/{account['payment_term']}")
    assert invoice["seller"] == {
        "owner": owner["id"],
        "legal_name": owner["legal_name"],
        "address": owner["address"],
        "tax_registrations": owner["tax_registrations"],
    }
    assert invoice["buyer"] == {
        "customer": account["customer"],
        "customer_number": api.get(f"/customers/{account['customer']}")["number"],
        "name": "Acme",
        "tax_number": "12-3456789",
        "tax_id_validated": False,
        "account": account["id"],
        "account_number": account["number"],
        "account_name": "Acme East",
        "contact_name": None,
        "billing_address": ALBANY,
        "shipping_address": None,
        "billing_details": None,
    }
    assert invoice["payment_term"] == {"name": term["name"], "days": term["days"]}
    assert invoice["language"] == "en"
    assert invoice["accounts"] == [{"account": account["id"], "number": account["number"], "name": "Acme East"}]
    api.ask("PATCH", f"/customers/{account['customer']}", {"company_name": "Other", "billing_address": None})
    api.ask("PATCH", f"/accounts/{account['id']}", {"name": "West", "preferred_language": "de"})
    api.ask("PATCH", f"/owners/{account['owner']}", {"legal_name": "Other seller"})
    api.ask("PATCH", f"/payment-terms/{account['payment_term']}", {"name": "Never", "days": 99})
    assert api.get(f"/invoices/{listed['id']}") == invoice
