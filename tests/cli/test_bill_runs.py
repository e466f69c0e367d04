"""banyan bill-run, as people call it."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.serving import RunningServer

_numbers = count(1)


class Cycle:
    """A bill cycle with one account that has 10.00 a month, and the program told to run it."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.name = f"Cycle {next(_numbers)}"
        cycle = self.made("/bill-cycles", name=self.name, frequency="monthly", start_date="2026-01-01")["id"]
        account = {"currency": "USD", "bill_cycle": cycle, "start_date": "2026-01-01"}
        company = {"kind": "company", "company_name": self.name, "primary_email": "ap@acme.example"}
        customer = self.made("/customers", **company, account=account)
        self.account = customer["default_account"]
        product = self.made("/products", name=self.name, code=self.name.lower().replace(" ", "-"))["id"]
        amount = {"currency": "USD", "type": "recurring", "model": "flat", "flat_amount": "10"}
        price = self.made("/prices", product=product, **amount)["id"]
        items = [{"price": price, "quantity": "1"}]
        self.made("/subscriptions", account=self.account, items=items, start_date="2026-01-01")

    def made(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.server.call("POST", path, body)
        assert answer.status == 201, answer.body
        return dict(answer.body)

    def told(self, *arguments: str, code: int = 0) -> str:
        """What the program prints for people."""
        done = self.server.program("bill-run", *arguments, "--workers", "0")
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def started(self, day: str, verb: str = "start") -> dict[str, Any]:
        return dict(
            json.loads(self.server.program("bill-run", verb, self.name, day, "--workers", "0", "--json").stdout)
        )


@pytest.fixture
def cycle(server: RunningServer) -> Iterator[Cycle]:
    yield Cycle(server)
    server.call("PATCH", "/settings", {"require_bill_run_approval": False})


@pytest.mark.rule("SYS-3", "RUN-5", "RUN-6", "RUN-8", "RUN-9")
def test_a_run_is_simulated_started_shown_and_reversed(cycle: Cycle) -> None:
    summary = cycle.told("simulate", cycle.name, "2026-01-01")
    assert ("simulated" in summary, "10.00 USD" in summary) == (True, True)
    run = cycle.started("2026-01-01")
    assert (run["status"], run["invoices"], run["totals"]) == ("completed", 1, {"USD": "10.00"})
    shown = cycle.server.program("bill-run", "show", run["id"]).stdout
    for words in (f"run {run['id']}: {cycle.name} for 2026-01-01", "completed", "10.00 USD", "open", "holds"):
        assert words in shown
    assert "reversed" in cycle.told("reverse", run["id"])
    listed = json.loads(cycle.server.program("bill-run", "list", "--json").stdout)
    assert (run["id"], "reversed") in {(row["id"], row["status"]) for row in listed}


@pytest.mark.rule("SYS-3", "RUN-4", "RUN-7", "ERR-1")
def test_a_run_that_awaits_approval_says_so_and_is_approved_and_what_can_not_be_done_is_refused(cycle: Cycle) -> None:
    cycle.server.call("PATCH", "/settings", {"require_bill_run_approval": True})
    summary = cycle.told("start", cycle.name, "2026-01-01")
    assert ("awaiting approval" in summary, "bill-run approve run_" in summary) == (True, True)
    assert "RUN-7" in cycle.told("start", cycle.name, "2026-02-01", code=2)
    (run,) = cycle.server.call("GET", "/bill-runs?limit=1&sort=-id").body["data"]
    assert "NOBODY-1" in cycle.told("retry", run["id"], "--account", "NOBODY-1", code=2)
    assert "completed" in cycle.told("approve", run["id"])
    assert "run_999999" in cycle.told("discard", "run_999999", code=2)


@pytest.mark.rule("SYS-3", "INV-7")
def test_a_run_says_how_many_payers_were_held_back(cycle: Cycle) -> None:
    cycle.server.call("PATCH", f"/accounts/{cycle.account}", {"minimum_invoice_amount": "25"})
    assert "held back, below their minimum or with a credit (INV-7): 1" in cycle.told("start", cycle.name, "2026-01-01")
    run = cycle.started("2026-02-01")
    assert (run["invoices"], run["payers_held_back"], run["trouble"]) == (0, 1, None)
