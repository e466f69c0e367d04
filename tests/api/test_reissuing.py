"""Issuing an invoice anew over the API (INV-10)."""

from datetime import date

import pytest

from banyan.accounts.models import BillCycle
from banyan.accounts.today import today
from banyan.kernel.ids import decode_id
from tests.api.asking import Api
from tests.billruns.running import run_for

pytestmark = pytest.mark.rule("INV-10")


def test_the_answer_is_the_new_invoice_and_each_names_the_other(api: Api) -> None:
    cycle = api.bill_cycle()
    customer = api.customer(cycle=cycle)
    account = customer["default_account"]
    api.make("/charges", {"account": account, "description": "Visit", "amount": "5.00", "date": "2026-01-05"})
    run_for(BillCycle.objects.get(pk=decode_id("bill_cycle", cycle)), date(2026, 2, 1))
    (listed,) = api.get(f"/invoices?account={account}")["data"]
    old = api.get(f"/invoices/{listed['id']}")
    problem = api.refused("POST", f"/invoices/{old['id']}/reissue", {"reason": " "})
    assert ([each["field"] for each in problem["errors"]], problem["rule"]) == (["reason"], "INV-10")
    api.refused("POST", f"/invoices/{old['id']}/reissue", {})
    assert api.ask("PATCH", f"/customers/{customer['id']}", {"company_name": "Renamed"}).status == 200
    new = api.make(f"/invoices/{old['id']}/reissue", {"reason": "Wrong name"})
    assert (new["buyer"]["name"], new["status"], new["total"]) == ("Renamed", "open", "5.00")
    assert (new["invoice_date"], new["reissue_of"], new["number"] > old["number"]) == (
        today().isoformat(),
        old["id"],
        True,
    )
    kept = api.get(f"/invoices/{old['id']}")
    assert (kept["status"], kept["reissued_as"], kept["buyer"]) == ("void", new["id"], old["buyer"])
    its_own = {"id": None}
    assert [line | its_own for line in new["lines"]] == [line | its_own for line in old["lines"]]
    assert api.get(f"/accounts/{account}/balance")["balance"] == "5.00"
    assert api.get(f"/accounts/{account}/pending-charges?billing_date=2026-02-01")["data"] == []
    again = api.refused("POST", f"/invoices/{old['id']}/reissue", {"reason": "Wrong name"}, 409)
    assert again["rule"] == "INV-10"
    api.refused("POST", "/invoices/inv_999999/reissue", {"reason": "Wrong name"}, 404)
