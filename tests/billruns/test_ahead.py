"""How far ahead a run may bill (RUN-10), and who did what with runs and invoices (RUN-11)."""

from datetime import date, timedelta
from typing import Any

import pytest

from banyan.accounts.today import today
from banyan.billruns import ahead
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ahead import counts_from
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import pending_charges
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from banyan.kernel.refusals import Refusal
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, by_workers, completed, decided, run_for
from tests.billruns.test_approval import Shop
from tests.business import a_price, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def late_in_january(monkeypatch: pytest.MonkeyPatch) -> date:
    """25 January: the first of February is seven days ahead, the first of March thirty-five."""
    day = date(2026, 1, 25)
    monkeypatch.setattr(ahead, "today", lambda: day)
    return day


def refusal_of(cycle: int, on: date, **given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        start_run(cycle, on, **given)
    return caught.value


@pytest.mark.rule("RUN-10")
@pytest.mark.usefixtures("late_in_january")
def test_a_run_bills_seven_days_ahead_and_further_only_when_that_is_asked_for() -> None:
    cycle = an_account().bill_cycle_id
    refusal = refusal_of(cycle, MARCH)
    assert [(one.field, one.code, one.rule, one.value) for one in refusal.problems] == [
        ("billing_date", "too_far_ahead", "RUN-10", "2026-03-01")
    ]
    assert "35 days ahead of today, 2026-01-25" in str(refusal)
    assert start_run(cycle, FEBRUARY).status == RunStatus.QUEUED
    other = an_account().bill_cycle_id
    assert start_run(other, MARCH, ahead=True).status == RunStatus.QUEUED


@pytest.mark.rule("RUN-10", "SET-1")
@pytest.mark.usefixtures("late_in_january")
def test_the_setting_says_how_many_days() -> None:
    cycle = an_account().bill_cycle_id
    change_settings({"bill_ahead_days": 6})
    assert refusal_of(cycle, FEBRUARY).problems[0].code == "too_far_ahead"
    change_settings({"bill_ahead_days": 35})
    assert start_run(cycle, MARCH).status == RunStatus.QUEUED


@pytest.mark.rule("RUN-10", "RUN-6", "INV-8")
@pytest.mark.usefixtures("late_in_january")
def test_what_would_be_billed_is_worked_out_for_up_to_two_years() -> None:
    account = an_account()
    assert start_run(account.bill_cycle_id, date(2027, 12, 1), RunMode.SIMULATE).mode == RunMode.SIMULATE
    assert refusal_of(account.bill_cycle_id, date(2063, 1, 1), mode=RunMode.SIMULATE).problems[0].rule == "RUN-10"
    with pytest.raises(Refusal) as caught:
        pending_charges(account.pk, date(2063, 1, 1))
    assert (caught.value.problems[0].code, caught.value.problems[0].rule) == ("out_of_sight", "RUN-10")


@pytest.mark.rule("RUN-10", "LED-2")
def test_a_run_dated_ahead_says_from_when_its_invoices_count() -> None:
    cycle = an_account().bill_cycle
    following = (today().replace(day=1) + timedelta(days=32)).replace(day=1)
    assert counts_from(run_for(cycle, APRIL)) is None
    assert counts_from(run_for(cycle, following)) == following


def told(kind: str, number: int) -> list[tuple[str, dict[str, Any]]]:
    entries = HistoryEntry.objects.filter(subject_kind=kind, subject_id=number).order_by("id")
    return [(entry.actor, entry.changes) for entry in entries]


@pytest.mark.rule("RUN-11", "RUN-8")
@pytest.mark.parametrize("large", [False, True])
def test_who_started_approved_and_reversed_a_run_and_why_is_in_the_history(
    monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    shop = Shop()
    with acting_as(Actor.user(1, "ann")):
        run = shop.drafted()
    with acting_as(Actor.user(1, "ben")):
        run = approve_run(run.pk)
    if large:
        by_workers(monkeypatch)
    with acting_as(Actor.user(1, "cem")):
        reverse_run(run.pk, " Wrong prices ")
    run = decided(run) if large else BillRun.objects.get(pk=run.pk)
    assert run.status == RunStatus.REVERSED
    steps = [(actor, changes["step"]) for actor, changes in told("bill_run", run.pk) if "step" in changes]
    assert steps == [("ann", [None, "bill"]), ("ben", ["bill", "approve"]), ("cem", ["approve", "reverse"])]
    reasons = [changes["reason"] for _, changes in told("bill_run", run.pk) if "reason" in changes]
    assert reasons[-1] == ["", "Wrong prices"]
    for invoice in Invoice.objects.filter(bill_run_id=run.pk):
        (entry,) = told("invoice", invoice.pk)
        assert entry[0] == "cem"
        assert entry[1]["status"][1] == "void"
        assert entry[1]["reason"] == [None, "Wrong prices"]


@pytest.mark.rule("RUN-11", "INV-6")
def test_who_voided_an_invoice_and_why_is_in_its_history() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    run = run_for(account.bill_cycle, JANUARY)
    invoice = Invoice.objects.get(bill_run_id=run.pk)
    with pytest.raises(Refusal) as caught:
        void_invoice(invoice.pk, "x" * 2001)
    assert (caught.value.problems[0].field, caught.value.problems[0].rule) == ("reason", "RUN-11")
    with acting_as(Actor.user(1, "dora")):
        void_invoice(invoice.pk, "Wrong customer")
    assert told("invoice", invoice.pk) == [("dora", {"status": ["open", "void"], "reason": [None, "Wrong customer"]})]


@pytest.mark.rule("RUN-11")
def test_a_run_that_nobody_decided_about_has_its_start_in_the_history() -> None:
    cycle = an_account().bill_cycle_id
    with acting_as(Actor.user(1, "ann")):
        run = start_run(cycle, JANUARY)
    completed(run)
    assert told("bill_run", run.pk)[0][0] == "ann"
