"""Approving, discarding and reversing runs, and invoices with their subtotals, through the API."""

from typing import Any

import pytest

from banyan.billruns.models import BillRun
from banyan.kernel.ids import decode_id
from tests.api.asking import Api
from tests.billruns.running import completed


class Story:
    """An account with 10.00 a month, billed for January."""

    def __init__(self, api: Api, needs_approval: bool) -> None:
        self.api = api
        api.ask("PATCH", "/settings", {"require_bill_run_approval": needs_approval})
        customer = api.customer()
        self.account = customer["default_account"]
        items = [{"price": api.price(), "quantity": "1"}]
        api.make("/subscriptions", {"account": self.account, "items": items, "start_date": "2026-01-01"})
        self.cycle = api.get(f"/accounts/{self.account}")["bill_cycle"]
        self.run = self.billed("2026-01-01")

    def billed(self, on: str) -> dict[str, Any]:
        made = self.api.make("/bill-runs", {"bill_cycle": self.cycle, "billing_date": on})
        completed(BillRun.objects.get(pk=decode_id("bill_run", made["id"])))
        answer = self.api.get(f"/bill-runs/{made['id']}")
        assert isinstance(answer, dict)
        return answer

    def invoices(self, **filters: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return list(self.api.get(f"/invoices?bill_run={self.run['id']}&{query}")["data"])

    def decide(self, verb: str) -> dict[str, Any]:
        return dict(self.api.make(f"/bill-runs/{self.run['id']}/{verb}", None))


@pytest.mark.rule("RUN-7", "INV-2", "INV-3")
def test_a_run_that_needs_approval_is_approved_and_then_has_numbers_and_balances(api: Api) -> None:
    story = Story(api, needs_approval=True)
    assert (story.run["status"], story.run["requires_approval"]) == ("awaiting_approval", True)
    (draft,) = story.invoices(status="draft")
    assert (draft["number"], draft["total"], draft["balance"]) == (None, "10.00", "0.00")
    assert len(api.get(f"/invoices/{draft['id']}")["lines"]) == 1
    assert api.get(f"/bill-runs/{story.run['id']}/invoices")["data"] == [draft]
    assert api.get(f"/accounts/{story.account}/balance")["balance_by_currency"] == {}
    approved = story.decide("approve")
    assert (approved["status"], approved["step"]) == ("completed", "approve")
    (issued,) = story.invoices()
    assert (issued["id"], issued["status"], issued["balance"]) == (draft["id"], "open", "10.00")
    assert issued["number"]
    assert api.get(f"/accounts/{story.account}/balance")["balance_by_currency"] == {"USD": "10.00"}


@pytest.mark.rule("RUN-7")
def test_a_discarded_run_leaves_nothing(api: Api) -> None:
    story = Story(api, needs_approval=True)
    discarded = story.decide("discard")
    assert (discarded["status"], discarded["invoice_count"], discarded["total_by_currency"]) == ("discarded", 0, {})
    assert story.invoices() == []
    (line,) = api.get(f"/accounts/{story.account}/pending-charges?billing_date=2026-01-01")["data"]
    assert line["total"] == "10.00"


@pytest.mark.rule("RUN-7", "RUN-8", "API-3")
@pytest.mark.parametrize(
    ("needs_approval", "first", "then", "rule"),
    [
        (True, "approve", "approve", "RUN-7"),
        (True, "approve", "discard", "RUN-7"),
        (True, "discard", "approve", "RUN-7"),
        (True, "discard", "reverse", "RUN-8"),
        (False, "reverse", "reverse", "RUN-8"),
        (False, "reverse", "approve", "RUN-7"),
    ],
)
def test_what_is_decided_stays_decided(api: Api, needs_approval: bool, first: str, then: str, rule: str) -> None:
    story = Story(api, needs_approval)
    story.decide(first)
    problem = api.refused("POST", f"/bill-runs/{story.run['id']}/{then}", None, 409)
    assert problem["rule"] == rule


@pytest.mark.rule("RUN-8", "INV-6")
def test_a_reversed_run_has_void_invoices_and_its_charges_are_pending_again(api: Api) -> None:
    story = Story(api, needs_approval=False)
    assert story.decide("reverse")["status"] == "reversed"
    assert [invoice["status"] for invoice in story.invoices()] == ["void"]
    (line,) = api.get(f"/accounts/{story.account}/pending-charges?billing_date=2026-01-01")["data"]
    assert line["total"] == "10.00"


@pytest.mark.rule("RUN-4", "ERR-1")
def test_accounts_to_retry_are_checked(api: Api) -> None:
    story = Story(api, needs_approval=False)
    address = f"/bill-runs/{story.run['id']}/retry"
    assert api.refused("POST", address, {"accounts": [story.account]}, 409)["rule"] == "RUN-4"
    api.refused("POST", address, {"accounts": ["acc_x"]})
    api.refused("POST", address, {"account": story.account})
