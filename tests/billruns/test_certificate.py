"""A run proves itself at its end, and fails when what it finds is not right (RUN-9)."""

from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from banyan.billruns.ending import finish
from banyan.billruns.models import BillRun, RunStatus
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.invoices.models import InvoiceLine
from banyan.ledger.models import Posting
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    MARCH,
    begun,
    checks,
    execute,
    only_invoice,
    run_for,
    without_guards,
)
from tests.business import a_price, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")

AMOUNTS, ONCE, PAYER = (
    "lines = invoices = receivables",
    "every item and period once",
    "every line on the payer of WHO-5",
)


def billed(run: BillRun) -> BillRun:
    """The run with all its batches done, but not yet at its end."""
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    return run


def finished(run: BillRun) -> BillRun:
    finish(run.pk)
    run.refresh_from_db()
    return run


def found_by(run: BillRun, name: str) -> list[dict[str, Any]]:
    """What a check of the certificate found."""
    assert run.certificate is not None
    (check,) = (check for check in run.certificate["checks"] if check["check"] == name)
    return list(check["found"])


class Billed:
    """A responsible account and a managed one with 10 and 20 a month, billed by a run that is not yet at its end."""

    def __init__(self) -> None:
        self.people = People()
        self.payer = self.people.account()
        self.managed: Account = self.people.account(responsible=self.payer)
        subscribed(self.payer, a_price("10"))
        self.subscription = subscribed(self.managed, a_price("20"))
        self.run = billed(begun(self.people.cycle, JANUARY))
        self.invoice = only_invoice(self.run)

    def failed_checks(self) -> set[str]:
        """At the end of the run, the checks that don't hold; the run's status says the same."""
        run = finished(self.run)
        failed = {name for name, holds in checks(run).items() if not holds}
        assert run.status == (RunStatus.FAILED if failed else RunStatus.COMPLETED)
        return failed


@pytest.mark.rule("RUN-9")
def test_the_certificate_of_a_run_without_fault_names_the_checks_and_the_amounts_by_currency() -> None:
    billed = Billed()
    euros = billed.people.account(currency="EUR")
    subscribed(euros, a_price("7", currency="EUR"))
    assert billed.failed_checks() == set()
    assert list(checks(billed.run)) == [AMOUNTS, ONCE, PAYER]
    (found,) = found_by(billed.run, AMOUNTS)
    assert (found["currency"], {Decimal(found[name]) for name in ("lines", "invoices", "receivables")}) == ("USD", {30})
    assert found_by(run_for(billed.people.cycle, JANUARY), AMOUNTS)[0]["currency"] == "EUR"


@pytest.mark.rule("RUN-9")
def test_a_posting_too_many_fails_the_run() -> None:
    billed = Billed()
    posting = Posting.objects.get(source_kind="invoice", source_id=billed.invoice.id, amount=10)
    Posting.objects.create(
        **{f.name: getattr(posting, f.name) for f in posting._meta.fields if f.name not in ("id", "amount")},
        amount=Decimal("0.01"),
    )
    assert billed.failed_checks() == {AMOUNTS}
    assert Decimal(found_by(billed.run, AMOUNTS)[0]["receivables"]) == Decimal("30.01")


@pytest.mark.rule("RUN-9")
@pytest.mark.parametrize(
    ("table", "where"),
    [("ledger_posting", "source_id"), ("invoices_invoiceline", "invoice_id")],
    ids=["posting", "line"],
)
def test_a_posting_or_line_that_is_missing_fails_the_run(table: str, where: str) -> None:
    billed = Billed()
    with without_guards(table):
        execute(f"DELETE FROM {table} WHERE {where} = %s", [billed.invoice.id])
    assert AMOUNTS in billed.failed_checks()


@pytest.mark.rule("RUN-9")
def test_an_invoice_with_another_amount_than_its_lines_fails_the_run() -> None:
    billed = Billed()
    with without_guards("invoices_invoice"):
        execute("UPDATE invoices_invoice SET gross = gross + 1 WHERE id = %s", [billed.invoice.id])
    assert billed.failed_checks() == {AMOUNTS}


@pytest.mark.rule("RUN-9")
def test_an_item_and_period_that_is_billed_twice_fails_the_run() -> None:
    billed = Billed()
    execute("ALTER TABLE invoices_invoiceline DROP CONSTRAINT IF EXISTS an_item_and_period_is_billed_once")
    execute("DROP INDEX IF EXISTS an_item_and_period_is_billed_once")
    line = InvoiceLine.objects.filter(invoice_id=billed.invoice.id).first()
    line.pk = None
    line.gross = 0
    line.save(force_insert=True)
    assert billed.failed_checks() == {ONCE}
    assert [found["item"] for found in found_by(billed.run, ONCE)] == [line.item_id]


@pytest.mark.rule("RUN-9", "SUB-6")
def test_a_correction_for_the_account_that_was_invoiced_before_is_on_the_right_payer() -> None:
    billed = Billed()
    finished(billed.run)
    other = billed.people.account()
    assign_responsible_account(billed.managed.id, other.id, FEBRUARY)
    cancel_subscription(billed.subscription.id, FEBRUARY)
    for on in (FEBRUARY, MARCH):
        assert run_for(billed.people.cycle, on).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-9", "RUN-2")
def test_a_run_is_not_at_its_end_before_its_last_batch_and_ends_once() -> None:
    people = People()
    subscribed(people.account(), a_price("10"))
    run = begun(people.cycle, JANUARY)
    (batch,) = steps.plan(run.pk)
    assert finished(run).status == RunStatus.RUNNING
    steps.bill_batch(batch)
    first = finished(run)
    certificate, at = first.certificate, first.finished_at
    assert certificate is not None
    assert (finished(run).certificate, run.finished_at) == (certificate, at)
