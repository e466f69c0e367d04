"""A disk that is full while a run writes (REL-A).

It is not really full: a trigger refuses with PostgreSQL's own error for it (53100). That goes through the same code of
ours, and needs no rights that a machine may not give.
"""

from datetime import timedelta

import pytest
from django.db import OperationalError
from procrastinate.jobs import Job

from banyan.billruns.jobs import bill_batch
from banyan.billruns.models import BillRun, RunStatus
from banyan.billruns.run import plan
from banyan.foundation.clock import now
from banyan.foundation.jobs import ATTEMPTS, LONGEST_PAUSE, RetryWhenTheDatabaseFails
from banyan.foundation.room import NO_ROOM
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.ledger.models import Posting
from banyan.verification.queries import verify
from tests.billruns.running import JANUARY, begun, checks, item_states, totals
from tests.business import an_account, subscribed
from tests.full_disk import disk_full_at

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("REL-A", "REL-C", "RUN-2", "RUN-9", "INV-3")
@pytest.mark.parametrize("table", ["invoices_invoiceline", "ledger_posting", "invoices_invoice"])
def test_a_run_waits_for_room_says_so_and_leaves_nothing_half_done(table: str) -> None:
    account = an_account()
    subscribed(account)
    run = begun(account.bill_cycle, JANUARY)
    before = item_states()
    (batch,) = plan(run.pk)
    with disk_full_at(table), pytest.raises(OperationalError, match="No space left on device") as failure:
        bill_batch(batch_id=batch)
    run.refresh_from_db()
    assert (run.status, run.trouble) == (RunStatus.RUNNING, NO_ROOM)
    assert not any(model.objects.exists() for model in (Invoice, InvoiceLine, Posting))
    assert item_states() == before
    assert waits_after(failure.value, attempts=ATTEMPTS * 100)
    bill_batch(batch_id=batch)
    run = BillRun.objects.get(pk=run.pk)
    assert (run.status, run.trouble, totals(run)) == (RunStatus.COMPLETED, "", {account.id: 10})
    assert set(checks(run).values()) == {True}
    assert [finding.check.says for finding in verify() if not finding.holds] == []


def waits_after(failure: BaseException, attempts: int) -> bool:
    """Whether the job is tried again after so many attempts, soon enough."""
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="bill_batch", attempts=attempts)
    decision = RetryWhenTheDatabaseFails().get_retry_decision(exception=failure, job=job)
    return decision is not None and decision.retry_at <= now() + timedelta(seconds=LONGEST_PAUSE)
