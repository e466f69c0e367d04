"""Why lines cost what they do, over the API (INV-11)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import BillCycle
from banyan.billruns.models import RunMode
from banyan.kernel.ids import decode_id
from tests.api.asking import Api
from tests.billruns.running import run_for

pytestmark = pytest.mark.rule("INV-11")
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def cycle(api: Api) -> str:
    return str(api.bill_cycle())


@pytest.fixture
def account(api: Api, cycle: str) -> str:
    """20 seats of 15.00 for February on, 20 % off, 8.25 % tax."""
    api.make("/tax-rates", {"name": "Sales tax", "country": "US", "percent": "8.25"})
    customer = api.customer(cycle=cycle)
    address = {"billing_address": {"country": "US"}}
    assert api.ask("PATCH", f"/customers/{customer['id']}", address).status == 200
    account = customer["default_account"]
    product = api.make("/products", {"name": "Seats", "code": "seats"})["id"]
    price = {"product": product, "currency": "USD", "type": "recurring", "model": "per_unit", "unit_amount": "15"}
    items = [{"price": api.make("/prices", price)["id"], "quantity": "20"}]
    made = {"account": account, "items": items, "start_date": "2026-02-01", "number": "S-1"}
    api.make("/subscriptions", made)
    api.make("/discounts", {"account": account, "percent": "20"})
    return str(account)


def run(cycle: str, on: date, mode: str = RunMode.BILL) -> str:
    return f"run_{run_for(BillCycle.objects.get(pk=decode_id('bill_cycle', cycle)), on, mode).pk}"


def sums(steps: list[dict[str, Any]]) -> dict[str | None, Decimal]:
    found: dict[str | None, Decimal] = {}
    for step in steps:
        if step["amount"] is not None:
            found[step["adds_to"]] = found.get(step["adds_to"], Decimal(0)) + Decimal(step["amount"])
    return found


EXPECTED = [
    ("price", "The price of Seats: an amount per unit, every month in advance, agreed from 2026-02-01 on.", None),
    ("units", "20 × 15.00 USD = 300.00 USD.", "300.00"),
    ("discount", "Discount: 20 % of 300.00 USD = 60.00 USD.", "-60.00"),
    ("tax", "Sales tax 8.25 % of 240.00 USD, rounded for this line: 19.80 USD.", "19.80"),
]


def told(steps: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(step["what"], step["says"], step["amount"]) for step in steps]


def test_the_steps_of_an_issued_line_add_up_to_its_total(api: Api, cycle: str, account: str) -> None:
    run(cycle, FEBRUARY)
    (invoice,) = api.get(f"/invoices?account={account}")["data"]
    (line,) = api.get(f"/invoices/{invoice['id']}")["lines"]
    why = api.get(f"/invoices/{invoice['id']}/lines/{line['id']}/why")
    assert told(why["steps"]) == EXPECTED
    assert (why["gross"], why["net"], why["tax"], why["total"]) == ("300.00", "240.00", "19.80", "259.80")
    assert sums(why["steps"]) == {"gross": Decimal(300), "discount": Decimal(-60), "tax": Decimal("19.80")}
    assert (why["payer"], why["line"]) == (line["payer"], line["id"])
    api.refused("GET", f"/invoices/{invoice['id']}/lines/lin_999999/why", status=404)


@pytest.mark.rule("SUB-5")
def test_a_correction_tells_what_stood_there_what_stands_there_and_the_difference(
    api: Api, cycle: str, account: str
) -> None:
    """10 seats less from the 15th, half of February: 300.00 becomes 225.00, −75.00, less 20 %, less 8.25 %."""
    run(cycle, FEBRUARY)
    (subscription,) = api.get(f"/subscriptions?account={account}")["data"]
    change = {"date": "2026-02-15", "items": [{"id": subscription["items"][0]["id"], "quantity": "10"}]}
    api.make(f"/subscriptions/{subscription['id']}/change", change)
    second = run(cycle, MARCH)
    (invoice,) = api.get(f"/invoices?bill_run={second}")["data"]
    lines = {line["kind"]: line for line in api.get(f"/invoices/{invoice['id']}")["lines"]}
    why = api.get(f"/invoices/{invoice['id']}/lines/{lines['correction']['id']}/why")
    assert told(why["steps"])[:2] == [
        ("stands", "225.00 USD is what it costs now.", "225.00"),
        ("stood", "300.00 USD was billed for it so far; only the difference, -75.00 USD, is billed.", "-300.00"),
    ]
    assert sum(sums(why["steps"]).values()) == Decimal(why["total"]) == Decimal("-64.95")


@pytest.mark.rule("API-9")
def test_lines_name_what_they_refer_to(api: Api, cycle: str, account: str) -> None:
    run(cycle, FEBRUARY)
    (invoice,) = api.get(f"/invoices?account={account}")["data"]
    (line,) = api.get(f"/invoices/{invoice['id']}")["lines"]
    (subscription,) = api.get(f"/subscriptions?account={account}")["data"]
    (item,) = subscription["items"]
    assert (line["item"], line["price"], line["charge"]) == (item["id"], item["price"], None)
    assert (line["subscription"], line["subscription_number"]) == (subscription["id"], "S-1")
    assert (line["product_name"], line["account_name"]) == ("Seats", "Acme")
    (pending,) = api.get(f"/accounts/{account}/pending-charges?billing_date=2026-03-01")["data"]
    for named in ("item", "price", "subscription_number", "product_name", "account_name", "account_number"):
        assert pending[named] == line[named]


@pytest.mark.rule("RUN-6")
def test_a_simulated_invoice_stands_at_an_address_with_its_lines_and_why(api: Api, cycle: str, account: str) -> None:
    simulation = run(cycle, FEBRUARY, RunMode.SIMULATE)
    (listed,) = api.get(f"/bill-runs/{simulation}/invoices")["data"]
    assert listed["id"] is None
    invoice = api.get(f"/simulated-invoices/{listed['simulated']}")
    assert (invoice["total"], invoice["buyer"]["account"], invoice["next_cursor"]) == ("259.80", account, None)
    (line,) = invoice["lines"]
    assert told(line["why"]) == EXPECTED
    assert (line["account"], line["account_name"], line["payer"]["rule"]) == (account, "Acme", "WHO-5")
    api.refused("GET", "/simulated-invoices/sim_999999", status=404)
