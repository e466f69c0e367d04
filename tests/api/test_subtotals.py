"""The subtotals of an aggregated invoice, by the account that the charges come from (INV-5)."""

import pytest

from banyan.billruns.models import BillRun
from banyan.kernel.ids import decode_id
from tests.api.asking import Api
from tests.billruns.running import completed


@pytest.mark.rule("INV-5", "API-4")
def test_an_aggregated_invoice_has_a_subtotal_for_each_account_and_they_add_up(api: Api) -> None:
    cycle, price = api.bill_cycle(), api.price()
    payer = api.customer("Payer", cycle)["default_account"]
    responsible = {"account": {"responsible_account": payer}}
    managed = [api.customer(f"Site {number}", cycle, **responsible)["default_account"] for number in range(2)]
    for quantity, account in enumerate([payer, *managed], 1):
        items = [{"price": price, "quantity": str(quantity)}] * 2
        api.make("/subscriptions", {"account": account, "items": items, "start_date": "2026-01-01"})
    run = api.make("/bill-runs", {"bill_cycle": cycle, "billing_date": "2026-01-01"})
    completed(BillRun.objects.get(pk=decode_id("bill_run", run["id"])))
    (invoice,) = api.get(f"/bill-runs/{run['id']}/invoices")["data"]
    subtotals = api.get(f"/invoices/{invoice['id']}")["subtotals"]
    assert [(each["account"], each["lines"], each["total"], each["currency"]) for each in subtotals] == [
        (payer, 2, "20.00", "USD"),
        (managed[0], 2, "40.00", "USD"),
        (managed[1], 2, "60.00", "USD"),
    ]
    assert invoice["total"] == "120.00"
    first = api.get(f"/invoices/{invoice['id']}/subtotals?limit=2")
    rest = api.get(f"/invoices/{invoice['id']}/subtotals?limit=2&cursor={first['next_cursor']}")
    assert first["data"] + rest["data"] == subtotals
