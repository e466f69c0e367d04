"""Invoice numbers without gap or repeat, and what the database itself refuses (INV-3, INV-6, REL-B)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from banyan.billruns import run as steps
from banyan.billruns import writing
from banyan.billruns.ending import finish
from banyan.billruns.models import BillRun, RunStatus
from banyan.invoices.models import Invoice as InvoiceRow
from banyan.invoices.models import InvoiceCounter, InvoiceLine
from banyan.ledger.models import Posting
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import Charge, SubscriptionItem
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    begun,
    checks,
    completed,
    elsewhere,
    execute,
    only_invoice,
    run_for,
    totals,
)
from tests.business import a_price, subscribed
from tests.relations.people import People


def numbers() -> list[int]:
    """The numbers that were given, in order."""
    return sorted(InvoiceRow.objects.values_list("sequence_number", flat=True))


def small_batches(people: People, monkeypatch: pytest.MonkeyPatch, accounts: int, size: int) -> BillRun:
    """A run of so many accounts with 10 a month in batches of `size`."""
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", size)
    price = a_price("10")
    for _ in range(accounts):
        subscribed(people.account(), price)
    return begun(people.cycle, JANUARY)


class TornInTheMiddleError(Exception):
    """What the test lets happen after a batch has counted up."""


def torn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch that is written breaks down after it has its numbers, while its invoices are on their way."""
    invoice_row = writing._invoice_row

    def tear(*_: Any) -> str:
        monkeypatch.setattr(writing, "_invoice_row", invoice_row)
        raise TornInTheMiddleError

    monkeypatch.setattr(writing, "_invoice_row", tear)


@pytest.mark.rule("INV-3", "RUN-2")
def test_numbers_have_no_gap_though_connections_bill_at_once_and_a_batch_breaks_down_after_counting(
    fresh_tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_batches(People(), monkeypatch, accounts=24, size=4)
    batches = steps.plan(run.pk)
    assert len(batches) == 6
    torn_once(monkeypatch)

    def worker(first: int) -> Callable[[], None]:
        def work() -> None:
            for batch in batches[first:] + batches[:first]:
                steps.bill_batch(batch)

        return work

    results = elsewhere(fresh_tenant, *(worker(first) for first in range(4)))
    assert results == [None] * 4
    finish(run.pk)
    run.refresh_from_db()
    assert (run.status, set(checks(run).values())) == (RunStatus.COMPLETED, {True})
    assert numbers() == list(range(1, 25))
    assert InvoiceCounter.objects.get().last_number == 24
    assert InvoiceLine.objects.count() == 24


@pytest.mark.rule("INV-3", "RUN-2")
def test_a_batch_that_is_rolled_back_gives_its_numbers_back(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_batches(People(), monkeypatch, accounts=4, size=2)
    first, second = steps.plan(run.pk)
    finish_batch = steps._finish_batch

    def torn(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "_finish_batch", torn)
    with pytest.raises(KeyboardInterrupt):
        steps.bill_batch(first)
    assert not InvoiceRow.objects.exists()
    assert not Posting.objects.exists()
    monkeypatch.setattr(steps, "_finish_batch", finish_batch)
    steps.bill_batch(second)
    assert numbers() == [1, 2]
    assert completed(run).status == RunStatus.COMPLETED
    assert numbers() == [1, 2, 3, 4]


@pytest.mark.rule("RUN-2")
def test_a_batch_that_is_done_twice_bills_once(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_batches(People(), monkeypatch, accounts=2, size=2)
    (batch,) = steps.plan(run.pk)
    for _ in range(3):
        steps.bill_batch(batch)
    assert numbers() == [1, 2]
    assert steps.plan(run.pk) == []


class Issued:
    """One issued invoice with a line for an item and one for a charge."""

    def __init__(self) -> None:
        self.people = People()
        self.account = self.people.account()
        subscribed(self.account, a_price("10"))
        create_charge(NewCharge(self.account.id, "Visit", Decimal(5), JANUARY))
        self.run = run_for(self.people.cycle, JANUARY)
        self.invoice = only_invoice(self.run)
        self.line = InvoiceLine.objects.get(invoice_id=self.invoice.id, item_id__isnull=False)
        self.charge_line = InvoiceLine.objects.get(invoice_id=self.invoice.id, charge_id__isnull=False)


def refused(constraint: str, change: Callable[[], object]) -> None:
    """The database refuses the change by that name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.diag.constraint_name == constraint


def copied(line: InvoiceLine) -> Callable[[], object]:
    """Writes the same line once more."""
    line.pk = None
    return lambda: line.save(force_insert=True)


@pytest.mark.rule("REL-B", "RUN-2")
def test_the_database_refuses_a_second_line_for_an_item_and_period_or_a_charge(tenant: str) -> None:
    issued = Issued()
    refused("an_item_and_period_is_billed_once", copied(issued.line))
    refused("a_charge_is_billed_once", copied(issued.charge_line))


@pytest.mark.rule("REL-B", "RUN-2", "INV-3")
def test_the_database_refuses_a_number_a_second_time(tenant: str) -> None:
    invoice = InvoiceRow.objects.get(pk=Issued().invoice.pk)
    invoice.pk = None
    refused("invoice_number_is_given_once", lambda: invoice.save(force_insert=True))


@pytest.mark.rule("REL-B", "INV-6")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("invoices_invoice", "gross = gross + 1"),
        ("invoices_invoice", "account_id = account_id + 1"),
        ("invoices_invoice", "sequence_number = 7"),
        ("invoices_invoice", "status = 'draft', sequence_number = NULL"),
        ("invoices_invoiceline", "gross = 0"),
        ("invoices_invoiceline", "description = 'Other'"),
        ("invoices_invoiceline", "invoice_id = 0"),
    ],
)
def test_the_database_refuses_to_change_what_was_issued(tenant: str, table: str, change: str) -> None:
    Issued()
    refused("an_issued_invoice_never_changes", lambda: execute(f"UPDATE {table} SET {change}"))


@pytest.mark.rule("REL-B", "INV-6", "LED-1")
def test_the_database_refuses_to_delete_what_was_issued_posted_or_billed(tenant: str) -> None:
    issued = Issued()
    for table in ("invoices_invoiceline", "invoices_invoice"):
        refused("an_issued_invoice_never_changes", lambda table=table: execute(f"DELETE FROM {table}"))
    refused("the_ledger_is_append_only", Posting.objects.all().delete)
    refused("the_ledger_is_append_only", lambda: execute("UPDATE ledger_posting SET amount = amount + 1"))
    refused("what_was_billed_stays", lambda: execute("DELETE FROM subscriptions_subscriptionitem"))
    refused("what_was_billed_stays", Charge.objects.all().delete)
    refused(
        "what_was_invoiced_stays",
        lambda: execute("DELETE FROM accounts_account WHERE id = %s", [issued.account.id]),
    )


@pytest.mark.rule("REL-B", "INV-7", "INV-2")
def test_the_database_refuses_an_issued_invoice_below_zero_or_without_a_number(tenant: str) -> None:
    invoice = InvoiceRow.objects.get(pk=Issued().invoice.pk)
    invoice.pk, invoice.sequence_number, invoice.gross = None, 2, -1
    refused("an_invoice_is_not_issued_below_zero", lambda: invoice.save(force_insert=True))
    invoice.sequence_number, invoice.gross = None, 1
    refused("an_issued_invoice_has_a_number_and_a_draft_has_none", lambda: invoice.save(force_insert=True))


@pytest.mark.rule("RUN-2", "REL-B")
def test_an_item_whose_mark_was_lost_is_listed_as_an_error_rather_than_billed_twice(tenant: str) -> None:
    issued = Issued()
    other = issued.people.account()
    subscribed(other, a_price("7"))
    SubscriptionItem.objects.filter(pk=issued.line.item_id).update(billed_until=None)
    run = run_for(issued.people.cycle, FEBRUARY)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    assert [error.account_id for error in run.errors.all()] == [issued.account.id]
    assert totals(run) == {other.id: 14}
