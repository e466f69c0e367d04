"""A batch that costs one worker after the other is set aside: its run says so and waits, and is done or given up."""

from datetime import date

import pytest
from django.db import connection

from banyan.billruns import run as steps
from banyan.billruns.jobs import bill_batch
from banyan.billruns.models import BillRun, RunStatus
from banyan.foundation.outages import NO_ROOM
from banyan.foundation.parking.actions.delete_job import delete_job
from banyan.foundation.parking.actions.retry_job import retry_job
from banyan.foundation.parking.actions.take_back_jobs import MOST_LOST_WORKERS, take_back_jobs
from tests.billruns.running import begun, totals
from tests.business import subscribed
from tests.relations.people import People

NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def run(tenant: str) -> BillRun:
    """A run for two accounts with 10 a month each."""
    people = People()
    for account in (people.account(), people.account()):
        subscribed(account)
    return begun(people.cycle, NEW_YEAR)


def parked(batch: int) -> int:
    """The job of a batch after it has lost five workers."""
    number = bill_batch.enqueue(batch_id=batch)
    with connection.cursor() as cursor:
        for _ in range(MOST_LOST_WORKERS):
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
            )
            (worker,) = cursor.fetchone()
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, number]
            )
            take_back_jobs([worker])
    return number


@pytest.mark.rule("RUN-2", "REL-A")
def test_a_run_with_a_parked_batch_says_so_while_others_go_on_and_is_done_after_a_retry(
    run: BillRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 1)
    first, second = steps.plan(run.pk)
    number = parked(first)
    bill_batch(batch_id=second)
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    assert run.trouble.startswith(f"A part of the work is parked, as job {number}: the worker process ended or froze")
    assert f"`banyan jobs retry {number}` has it done again" in run.trouble
    retry_job(number)
    run.refresh_from_db()
    assert (run.status, run.trouble) == (RunStatus.RUNNING, "")
    bill_batch(batch_id=first)
    run.refresh_from_db()
    assert (run.status, sum(totals(run).values())) == (RunStatus.COMPLETED, 20)


@pytest.mark.rule("RUN-2", "REL-A", "RUN-1")
def test_a_run_whose_parked_batch_is_deleted_is_failed_and_in_nobodys_way(run: BillRun) -> None:
    (batch,) = steps.plan(run.pk)
    number = parked(batch)
    delete_job(number)
    run.refresh_from_db()
    assert (run.status, run.trouble) == (RunStatus.FAILED, "")
    assert run.certificate["failure"] == (
        f"GivenUpError: job {number} was deleted: the worker process ended or froze while doing it, 5 times"
    )
    assert begun(run.bill_cycle, NEW_YEAR).status == RunStatus.QUEUED


@pytest.mark.rule("REL-A")
def test_a_full_disk_that_is_over_is_no_trouble_any_more_but_a_parked_batch_still_is(run: BillRun) -> None:
    (batch,) = steps.plan(run.pk)
    for trouble, after in ((NO_ROOM, ""), ("A part of the work is parked", "A part of the work is parked")):
        BillRun.objects.filter(pk=run.pk).update(trouble=trouble)
        bill_batch(batch_id=batch)
        run.refresh_from_db()
        assert run.trouble == after
