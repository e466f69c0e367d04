"""Runs whose invoices are drafts until somebody approves or discards them (RUN-7)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from banyan.billruns import deciding, ending
from banyan.billruns import run as steps
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.models import BillRun, RunStatus, Step
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import BilledBefore, Invoice, InvoiceCounter, InvoiceLine
from banyan.kernel.refusals import Kind, Refusal
from banyan.ledger.models import Posting
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge, WhoPaysChoice
from banyan.subscriptions.models import SubscriptionItem
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    MARCH,
    begun,
    billed_on,
    by_workers,
    checks,
    completed,
    decided,
    elsewhere,
    execute,
    forget_jobs,
    invoices_of,
    item_states,
    lines_by,
    require_approval,
    run_for,
    totals,
    without_guards,
)
from tests.business import a_bill_cycle, a_price, account_of, subscribed
from tests.relations.people import People

IN_MID_JANUARY = date(2026, 1, 15)


class Shop:
    """A payer with 31 a month and a visit of 20, who also pays 62 for a managed account; a free one; and one of 10."""

    def __init__(self) -> None:
        self.people = People()
        self.payer, self.free, self.third = (self.people.account() for _ in range(3))
        self.managed = self.people.account(responsible=self.payer)
        self.subscription = subscribed(self.payer, a_price("31"))
        subscribed(self.managed, a_price("62"))
        subscribed(self.third, a_price("10"))
        create_charge(NewCharge(self.payer.id, "Visit", Decimal("20.00"), JANUARY))
        for amount in ("5.00", "-5.00"):
            create_charge(NewCharge(self.free.id, "Trial", Decimal(amount), JANUARY))

    def run(self, on: date = JANUARY) -> BillRun:
        return run_for(self.people.cycle, on)

    def drafted(self, on: date = JANUARY) -> BillRun:
        """A run that awaits approval."""
        require_approval()
        run = self.run(on)
        require_approval(False)
        assert run.status == RunStatus.AWAITING_APPROVAL
        return run


def refused(action: Callable[[int], object], run: BillRun) -> tuple[str, str | None]:
    """Code and rule with which something is refused; it is a conflict."""
    with pytest.raises(Refusal) as caught:
        action(run.pk)
    assert caught.value.kind is Kind.CONFLICT
    return caught.value.problems[0].code, caught.value.rule


@pytest.mark.rule("RUN-7", "INV-2", "INV-3", "LED-1", "RUN-9")
def test_drafts_can_be_read_and_have_no_numbers_and_no_postings(tenant: str) -> None:
    shop = Shop()
    run = shop.drafted()
    assert {(invoice.status, invoice.sequence_number) for invoice in invoices_of(run)} == {("draft", None)}
    assert totals(run) == {shop.payer.id: 113, shop.free.id: 0, shop.third.id: 10}
    assert len(lines_by(run)) == 6
    assert {invoice.balance for invoice in invoices_of(run)} == {0}
    assert not Posting.objects.exists()
    assert not InvoiceCounter.objects.exists()
    assert set(checks(run).values()) == {True}


@pytest.mark.rule("RUN-7", "INV-2", "INV-3", "LED-1", "RUN-9")
@pytest.mark.parametrize("large", [False, True])
def test_approving_issues_the_drafts_just_as_they_are(
    tenant: str, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    shop = Shop()
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    shop.run(JANUARY)
    run = shop.drafted(FEBRUARY)
    drafts = billed_on(run)
    states = item_states()
    if large:
        by_workers(monkeypatch)
        assert approve_run(run.pk).status == RunStatus.RUNNING
        run = decided(run)
    else:
        run = approve_run(run.pk)
    assert (run.status, run.step, set(checks(run).values())) == (RunStatus.COMPLETED, Step.APPROVE, {True})
    assert (billed_on(run), item_states()) == (drafts, states)
    assert {invoice.status for invoice in invoices_of(run)} == {"open"}
    issued = Invoice.objects.order_by("sequence_number").values_list("sequence_number", flat=True)
    assert list(issued) == list(range(1, len(issued) + 1))
    assert balances([shop.payer.id])[shop.payer.id]["USD"] == 113 + 93
    assert invoices_of(shop.run(FEBRUARY)) == []


@pytest.mark.rule("RUN-7", "INV-2")
def test_an_approved_invoice_of_nothing_is_paid_and_the_others_are_open(tenant: str) -> None:
    shop = Shop()
    run = approve_run(shop.drafted().pk)
    assert {invoice.account_id: invoice.status for invoice in invoices_of(run)} == {
        shop.payer.id: "open",
        shop.free.id: "paid",
        shop.third.id: "open",
    }


@pytest.mark.rule("RUN-7", "LED-1")
def test_what_is_posted_on_approval_is_what_a_run_without_approval_posts(tenant: str) -> None:
    posted = []
    for draft in (False, True):
        shop = Shop()
        run = approve_run(shop.drafted().pk) if draft else shop.run()
        names = {account.id: name for name, account in vars(shop).items() if name in ("payer", "managed", "third")}
        invoices = {invoice.id for invoice in invoices_of(run)}
        posted.append(
            sorted(
                (p.source_kind, p.posted_on, p.debit_kind, names[p.debit_account_id], p.credit_kind, p.amount)
                for p in Posting.objects.filter(source_id__in=invoices)
            )
        )
    assert posted[0] == posted[1]


@pytest.mark.rule("RUN-7", "RUN-3")
@pytest.mark.parametrize("large", [False, True])
def test_discarding_makes_it_as_if_the_run_had_never_been(
    tenant: str, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    shop = Shop()
    shop.run()
    item = shop.subscription.items.get()
    change_subscription(shop.subscription.id, IN_MID_JANUARY, [ItemChange(item.id, quantity=Decimal(3))])
    before = item_states()
    assert (item.id, FEBRUARY, IN_MID_JANUARY) in before
    run = shop.drafted(FEBRUARY)
    drafts = billed_on(run)
    assert "correction" in {kind for _, _, kind, *_ in drafts}
    assert item_states() != before
    if large:
        by_workers(monkeypatch)
        discard_run(run.pk)
        run = decided(run)
    else:
        run = discard_run(run.pk)
    assert (run.status, run.step) == (RunStatus.DISCARDED, Step.DISCARD)
    assert item_states() == before
    assert not InvoiceLine.objects.exclude(invoice_id__in=Invoice.objects.values("id")).exists()
    assert invoices_of(run) == []
    assert not BilledBefore.objects.filter(bill_run_id=run.pk).exists()
    assert billed_on(shop.run(FEBRUARY)) == drafts


@pytest.mark.rule("RUN-7", "RUN-1")
def test_the_next_run_of_the_cycle_waits_for_the_decision_and_other_cycles_do_not(tenant: str) -> None:
    shop = Shop()
    run = shop.drafted()
    for on in (JANUARY, FEBRUARY):
        assert refused(lambda _, on=on: begun(shop.people.cycle, on), run) == ("awaiting_approval", "RUN-7")
    assert run_for(a_bill_cycle(), JANUARY).status == RunStatus.COMPLETED
    discard_run(run.pk)
    assert shop.run(FEBRUARY).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-7")
def test_a_run_is_decided_once(tenant: str) -> None:
    approved, discarded, plain = Shop().drafted(), Shop().drafted(), Shop().run()
    approve_run(approved.pk)
    discard_run(discarded.pk)
    for run in (approved, discarded, plain):
        for action in (approve_run, discard_run):
            assert refused(action, run) == ("not_awaiting_approval", "RUN-7")
    with pytest.raises(Refusal) as caught:
        approve_run(999_999_999)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("RUN-7", "REL-B")
def test_of_several_connections_that_decide_one_does(fresh_tenant: str) -> None:
    run = Shop().drafted()
    decisions = [lambda: approve_run(run.pk), lambda: discard_run(run.pk)] * 2
    results = elsewhere(fresh_tenant, *decisions)
    assert sum(isinstance(result, BillRun) for result in results) == 1
    assert sum(isinstance(result, Refusal) for result in results) == 3
    statuses = set(Invoice.objects.values_list("status", flat=True))
    assert statuses in (set(), {"open", "paid"})


@pytest.mark.rule("RUN-7", "SUB-5")
def test_a_change_while_drafts_wait_is_billed_by_the_next_run_whatever_is_decided(tenant: str) -> None:
    for decide, first, second in ((approve_run, 113, 62 + 93), (discard_run, 0, 20 + 2 * 93 + 31 + 31)):
        shop = Shop()
        run = shop.drafted()
        item = shop.subscription.items.get()
        change_subscription(shop.subscription.id, JANUARY, [ItemChange(item.id, quantity=Decimal(2))])
        decide(run.pk)
        assert totals(run).get(shop.payer.id, 0) == first
        assert totals(shop.run(FEBRUARY))[shop.payer.id] == second


@pytest.mark.rule("RUN-7", "SUB-5")
def test_a_cancellation_while_drafts_wait_is_credited_after_approval_and_never_billed_after_discarding(
    tenant: str,
) -> None:
    for decide, second in ((approve_run, 62 - 31), (discard_run, 20 + 2 * 62)):
        shop = Shop()
        run = shop.drafted()
        cancel_subscription(shop.subscription.id, JANUARY)
        decide(run.pk)
        assert totals(shop.run(FEBRUARY))[shop.payer.id] == second


@pytest.mark.rule("RUN-7", "SUB-5", "WHO-1")
def test_what_another_cycle_billed_on_top_of_a_draft_stays_and_the_draft_is_billed_again(tenant: str) -> None:
    people, others = People(), People()
    parent = others.customer()
    child = people.customer(parent)
    subscription = subscribed(account_of(child), a_price("31"))
    require_approval()
    run = run_for(people.cycle, JANUARY)
    require_approval(False)
    choose_payer(subscription.id, WhoPaysChoice("parent"), FEBRUARY)
    assert totals(run_for(others.cycle, FEBRUARY)) == {account_of(parent).id: 31}
    discard_run(run.pk)
    assert totals(run_for(others.cycle, MARCH)) == {account_of(parent).id: 62}
    periods = InvoiceLine.objects.order_by("period_start").values_list("period_start", flat=True)
    assert list(periods) == [JANUARY, FEBRUARY, MARCH]


@pytest.mark.rule("RUN-7", "RUN-4")
def test_an_account_that_is_retried_is_a_draft_too_and_the_run_awaits_approval_again(tenant: str) -> None:
    shop = Shop()
    price = SubscriptionItem.objects.get(subscription__account=shop.third).price
    broken, whole = (
        lambda model=model: execute("UPDATE catalog_price SET model = %s WHERE id = %s", [model, price.id])
        for model in ("haggling", price.model)
    )
    with without_guards("catalog_price"):
        broken()
        run = shop.drafted()
        assert [error.account_id for error in run.errors.all()] == [shop.third.id]
        assert approve_run(run.pk).status == RunStatus.COMPLETED_WITH_ERRORS
        whole()
    for decide, status in ((discard_run, RunStatus.COMPLETED_WITH_ERRORS), (approve_run, RunStatus.COMPLETED)):
        retry_run(run.pk, [shop.third.id])
        forget_jobs(run)
        assert completed(run).status == RunStatus.AWAITING_APPROVAL
        assert [invoice.account_id for invoice in invoices_of(run) if invoice.status == "draft"] == [shop.third.id]
        assert decide(run.pk).status == status
        listed = [(error.account_id, error.code) for error in run.errors.all()]
        assert listed == ([(shop.third.id, "discarded")] if decide is discard_run else [])
    assert totals(run) == {shop.payer.id: 113, shop.free.id: 0, shop.third.id: 10}
    assert sorted(invoice.sequence_number for invoice in invoices_of(run)) == [1, 2, 3]


@pytest.mark.rule("RUN-7", "RUN-4")
def test_only_accounts_with_an_error_are_retried(tenant: str) -> None:
    shop = Shop()
    run = shop.drafted()
    assert refused(lambda number: retry_run(number), run) == ("nothing_to_retry", "RUN-4")
    run.errors.create(account=shop.third, code="x", message="y")
    with pytest.raises(Refusal) as caught:
        retry_run(run.pk, [shop.third.id, shop.payer.id])
    assert [(problem.code, problem.value) for problem in caught.value.problems] == [("not_listed", shop.payer.id)]
    assert run.errors.count() == 1


@pytest.mark.rule("RUN-7")
def test_a_run_that_fails_leaves_drafts_that_can_be_discarded(tenant: str) -> None:
    shop = Shop()
    before = item_states()
    require_approval()
    run = begun(shop.people.cycle, JANUARY)
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    ending.give_up(run.pk, ArithmeticError("no"))
    assert refused(approve_run, run) == ("not_awaiting_approval", "RUN-7")
    assert discard_run(run.pk).status == RunStatus.DISCARDED
    assert item_states() == before


@pytest.mark.rule("RUN-7", "INV-3")
def test_an_approval_that_breaks_down_can_be_asked_for_again(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    shop = Shop()
    run = shop.drafted()
    with monkeypatch.context() as patched:
        by_workers(patched)
        approve_run(run.pk)
        deciding.decide_batch(run.batches.order_by("id")[0].pk)
        ending.give_up(run.pk, ArithmeticError("no"))
    run.refresh_from_db()
    assert (run.status, run.certificate["failure"]) == (RunStatus.AWAITING_APPROVAL, "ArithmeticError: no")
    run = approve_run(run.pk)
    assert (run.status, "failure" in run.certificate) == (RunStatus.COMPLETED, False)
    assert sorted(invoice.sequence_number for invoice in invoices_of(run)) == [1, 2, 3]


@pytest.mark.rule("RUN-2", "RUN-7")
def test_a_job_that_comes_late_does_not_bill_a_batch_that_is_being_approved(
    tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    run = shop.drafted()
    by_workers(monkeypatch)
    approve_run(run.pk)
    create_charge(NewCharge(shop.third.id, "Visit", Decimal("20.00"), JANUARY))
    for batch in run.batches.all():
        steps.bill_batch(batch.pk)
    ending.finish(run.pk)
    run.refresh_from_db()
    assert (run.status, totals(run)[shop.third.id]) == (RunStatus.RUNNING, 10)
    assert decided(run).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-7")
def test_without_invoices_there_is_nothing_to_approve(tenant: str) -> None:
    require_approval()
    assert run_for(a_bill_cycle(), JANUARY).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-7", "INV-6")
def test_a_draft_is_not_voided_and_the_database_refuses_to_edit_it(tenant: str) -> None:
    run = Shop().drafted()
    invoice = invoices_of(run)[0]
    assert refused(lambda _: void_invoice(invoice.id), run) == ("not_open", "INV-6")
    for statement in (
        "UPDATE invoices_invoice SET gross = gross + 1 WHERE id = %s",
        "UPDATE invoices_invoice SET status = 'void', sequence_number = 7 WHERE id = %s",
        "UPDATE invoices_invoice SET due_date = due_date + 1 WHERE id = %s",
        "UPDATE invoices_invoiceline SET gross = gross + 1 WHERE invoice_id = %s",
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            execute(statement, [invoice.id])
