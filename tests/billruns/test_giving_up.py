"""A run that fails for a reason no retry mends ends as failed, says why, and does not stand in the way of the next."""

from datetime import date

import pytest
from django.db import OperationalError

from banyan.billruns import run as bill_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ending import give_up
from banyan.billruns.jobs import bill_batch, plan_run
from banyan.billruns.models import BillRun, RunStatus
from banyan.foundation.jobs import ATTEMPTS
from tests.billruns.attempts import attempt
from tests.billruns.running import begun, totals
from tests.business import a_bill_cycle, an_account, subscribed
from tests.refusing_tables import table_refuses

NEW_YEAR = date(2026, 1, 1)


@pytest.mark.rule("RUN-1", "RUN-2")
def test_a_run_that_cannot_be_planned_fails_with_the_reason(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(run_id: int) -> list[int]:
        raise ArithmeticError(f"run {run_id} does not add up")

    run = start_run(a_bill_cycle().id, NEW_YEAR)
    monkeypatch.setattr(bill_run, "plan", broken)
    with pytest.raises(ArithmeticError):
        plan_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert run.certificate["failure"] == f"ArithmeticError: run {run.pk} does not add up"
    assert start_run(run.bill_cycle_id, NEW_YEAR).status == RunStatus.QUEUED


@pytest.mark.rule("RUN-2")
def test_batches_of_a_run_that_was_given_up_are_not_billed(tenant: str) -> None:
    run = start_run(a_bill_cycle().id, NEW_YEAR)
    give_up(run.pk, ArithmeticError("no"))
    plan_run(run_id=run.pk)
    assert BillRun.objects.get(pk=run.pk).status == RunStatus.FAILED


@pytest.mark.rule("RUN-2", "REL-A")
def test_a_run_that_the_database_keeps_interrupting_is_given_up_after_the_last_attempt(tenant: str) -> None:
    account = an_account()
    subscribed(account)
    run = begun(account.bill_cycle, NEW_YEAR)
    (batch,) = bill_run.plan(run.pk)
    with table_refuses("invoices_invoiceline", "query_canceled", "canceling statement due to statement timeout"):
        for attempts_before, status in (
            (0, RunStatus.RUNNING),
            (ATTEMPTS - 1, RunStatus.RUNNING),
            (ATTEMPTS, "failed"),
        ):
            with pytest.raises(OperationalError, match="statement timeout"):
                attempt(bill_batch, attempts_before, batch_id=batch)
            assert BillRun.objects.get(pk=run.pk).status == status
    run.refresh_from_db()
    assert "statement timeout" in run.certificate["failure"]
    again = begun(account.bill_cycle, NEW_YEAR)
    for batch in bill_run.plan(again.pk):
        bill_batch(batch_id=batch)
    assert totals(again) == {account.id: 10}
