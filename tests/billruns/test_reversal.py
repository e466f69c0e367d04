"""Completed runs that are reversed: their invoices void, their charges unbilled (RUN-8)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.billruns import ending
from banyan.billruns import run as steps
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.deciding import decide_batch
from banyan.billruns.models import BillRun, RunMode, RunStatus, Step
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.queries import number_of
from banyan.kernel.refusals import Kind, Refusal
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import Charge
from tests.billruns.running import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    as_if_there_were_payments,
    begun,
    billed_on,
    by_workers,
    decided,
    execute,
    invoices_of,
    run_for,
    totals,
)
from tests.billruns.test_approval import Shop

pytestmark = pytest.mark.usefixtures("tenant")
IN_MID_JANUARY = date(2026, 1, 15)


def refused(run: BillRun) -> Refusal:
    with pytest.raises(Refusal) as caught:
        reverse_run(run.pk)
    assert caught.value.kind is Kind.CONFLICT
    return caught.value


def set_status(invoice: Any, status: str) -> None:
    Invoice.objects.filter(pk=invoice.id).update(status=status)


def owed(shop: Shop) -> Decimal:
    """What the shop's payer owes by its ledger."""
    return balances([shop.payer.id])[shop.payer.id]["USD"]


@pytest.mark.rule("RUN-8", "INV-6", "LED-1")
@pytest.mark.parametrize("large", [False, True])
def test_a_reversed_run_leaves_void_invoices_a_ledger_of_zero_and_unbilled_charges(
    monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    shop = Shop()
    run = shop.run()
    first = billed_on(run)
    if large:
        by_workers(monkeypatch)
        assert reverse_run(run.pk).status == RunStatus.RUNNING
        run = decided(run)
    else:
        run = reverse_run(run.pk)
    assert (run.status, run.step) == (RunStatus.REVERSED, Step.REVERSE)
    assert {invoice.status for invoice in invoices_of(run)} == {"void"}
    assert sum(balances([shop.payer.id, shop.third.id])[shop.payer.id].values()) == 0
    assert not InvoiceLine.objects.filter(live=True).exists()
    assert not Charge.objects.filter(billed=True).exists()
    assert billed_on(shop.run()) == first


@pytest.mark.rule("RUN-8")
def test_a_run_with_paid_invoices_is_not_reversed_and_the_refusal_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    run = shop.run()
    (paid,) = invoices_of(run, shop.payer)
    (written_off,) = invoices_of(run, shop.third)
    as_if_there_were_payments()
    set_status(paid, "paid")
    set_status(written_off, "written_off")
    refusal = refused(run)
    assert [(problem.code, problem.rule, problem.value) for problem in refusal.problems] == [
        ("not_open", "RUN-8", number_of(invoice)) for invoice in (paid, written_off)
    ]
    assert invoices_of(run, shop.free)[0].status == "paid"
    monkeypatch.setattr("banyan.billruns.actions.reverse_run.NAMED", 1)
    assert [problem.message for problem in refused(run).problems][1] == "and 1 more"


@pytest.mark.rule("RUN-8", "INV-6")
def test_an_invoice_of_nothing_does_not_stand_in_the_way_and_neither_does_one_that_is_void_already() -> None:
    shop = Shop()
    run = shop.run()
    (nothing,) = invoices_of(run, shop.free)
    (other,) = invoices_of(run, shop.third)
    assert void_invoice(nothing.id).status == void_invoice(other.id).status == "void"
    assert reverse_run(run.pk).status == RunStatus.REVERSED
    assert totals(shop.run()) == {shop.payer.id: 113, shop.free.id: 0, shop.third.id: 10}


@pytest.mark.rule("RUN-8", "SUB-5")
def test_later_runs_stay_and_the_next_one_bills_what_was_reversed() -> None:
    shop = Shop()
    first, second = shop.run(JANUARY), shop.run(FEBRUARY)
    reverse_run(first.pk)
    assert {invoice.status for invoice in invoices_of(second)} == {"open"}
    assert totals(shop.run(MARCH)) == {shop.payer.id: 113 + 93, shop.free.id: 0, shop.third.id: 20}
    assert owed(shop) == 113 + 93 + 93
    assert totals(shop.run(APRIL)) == {shop.payer.id: 93, shop.third.id: 10}


@pytest.mark.rule("RUN-8", "SUB-5", "SUB-6")
@pytest.mark.parametrize("reversed_run", [0, 1])
def test_a_run_is_reversed_under_or_with_corrections_and_in_the_end_everything_is_billed_once(
    reversed_run: int,
) -> None:
    shop = Shop()
    runs = [shop.run(JANUARY)]
    item = shop.subscription.items.get()
    change_subscription(shop.subscription.id, IN_MID_JANUARY, [ItemChange(item.id, quantity=Decimal(3))])
    runs.append(shop.run(FEBRUARY))
    assert "correction" in {kind for _, _, kind, *_ in billed_on(runs[1])}
    reverse_run(runs[reversed_run].pk)
    assert shop.run(MARCH).status == RunStatus.COMPLETED
    assert owed(shop) == 20 + 3 * 62 + 14 + 3 * 17 + 2 * 93
    assert shop.run(MARCH).status == RunStatus.COMPLETED
    assert owed(shop) == 20 + 3 * 62 + 14 + 3 * 17 + 2 * 93


@pytest.mark.rule("RUN-1", "RUN-8")
def test_after_a_reversal_the_date_can_be_run_again_and_earlier_ones_unless_a_later_run_is_completed() -> None:
    shop = Shop()
    run = shop.run(FEBRUARY)
    reverse_run(run.pk)
    assert totals(shop.run(JANUARY)) == {shop.payer.id: 113, shop.free.id: 0, shop.third.id: 10}
    assert totals(shop.run(FEBRUARY)) == {shop.payer.id: 93, shop.third.id: 10}


@pytest.mark.rule("RUN-8", "RUN-6", "RUN-7")
def test_only_a_completed_run_is_reversed_and_only_once() -> None:
    shop = Shop()
    simulation = run_for(shop.people.cycle, JANUARY, RunMode.SIMULATE)
    assert "a simulation" in str(refused(simulation))
    drafted = shop.drafted()
    assert "awaiting_approval" in str(refused(drafted))
    ending_run = Shop().run()
    reverse_run(ending_run.pk)
    assert refused(ending_run).rule == "RUN-8"
    with pytest.raises(Refusal) as caught:
        reverse_run(999_999_999)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("RUN-1", "RUN-8")
def test_a_run_is_not_reversed_while_another_of_its_cycle_is_under_way() -> None:
    shop = Shop()
    run = shop.run()
    begun(shop.people.cycle, FEBRUARY)
    assert [(problem.code, problem.rule) for problem in refused(run).problems] == [("run_under_way", "RUN-1")]
    assert {invoice.status for invoice in invoices_of(run)} == {"open", "paid"}


@pytest.mark.rule("RUN-8", "RUN-9")
def test_a_failed_run_is_got_rid_of_by_reversing_it() -> None:
    shop = Shop()
    run = begun(shop.people.cycle, JANUARY)
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    ending.give_up(run.pk, ArithmeticError("no"))
    assert reverse_run(run.pk).status == RunStatus.REVERSED


@pytest.mark.rule("RUN-8")
def test_what_is_paid_while_workers_reverse_stays_and_the_run_is_not_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    shop = Shop()
    run = shop.run()
    by_workers(monkeypatch)
    reverse_run(run.pk)
    batches = list(run.batches.order_by("id").values_list("id", flat=True))
    decide_batch(batches[0])
    (late,) = invoices_of(run, shop.third)
    as_if_there_were_payments()
    execute("UPDATE invoices_invoice SET status = 'paid' WHERE id = %s", [late.id])
    run = decided(run)
    assert run.status == RunStatus.COMPLETED
    assert {invoice.account_id: invoice.status for invoice in invoices_of(run)}[shop.third.id] == "paid"
