"""Jobs: enqueued in a transaction, done by workers, done again when a worker is killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from procrastinate.jobs import Job as QueuedJob

from banyan.foundation.clock import now
from banyan.foundation.jobs import ATTEMPTS, LONGEST_PAUSE, RetryWhenTheDatabaseFails
from banyan.foundation.models import Setting
from banyan.foundation.tenants.queries import within_tenant
from banyan.web.metrics_server import Jobs
from tests.foundation import jobs_of_tests as jobs


@contextmanager
def worker_process() -> Iterator[subprocess.Popen[bytes]]:
    """A worker that knows the jobs of these tests."""
    process = subprocess.Popen([sys.executable, "-m", "tests.foundation.worker_of_tests"])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def runs(key: str) -> int:
    return Setting.objects.filter(key=key).values_list("value", flat=True).first() or 0


def status_of(number: int) -> str | None:
    """What the queue says about a job; None once it is done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [number])
        row = cursor.fetchone()
    return row and row[0]


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    patience = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.rule("SCA-1")
def test_a_job_is_enqueued_by_the_transaction_that_needs_it(fresh_tenant: str):
    with transaction.atomic():
        rolled_back = jobs.note_run.enqueue(key="k")
        transaction.set_rollback(True)
    assert status_of(rolled_back) is None
    with transaction.atomic():
        kept = jobs.note_run.enqueue(key="k")
    with worker_process():
        wait_until(lambda: status_of(kept) is None)
    assert runs("k") == 1


@pytest.mark.rule("SCA-1")
def test_how_long_the_oldest_job_waits_that_could_be_done_is_told(fresh_tenant: str):
    def waited() -> float:
        (value,) = (sample.value for metric in Jobs().collect() for sample in metric.samples if "oldest" in sample.name)
        return value

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo'")  # of other tests
    assert waited() == 0
    numbers = jobs.note_run.enqueue_each([{"key": "k"}] * 3)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_events SET at = at - interval '1 minute' * (4 - num) FROM unnest(%s) WITH ORDINALITY"
            " AS job (id, num) WHERE job_id = job.id",
            [numbers],
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day' WHERE id = %s", numbers[:1]
        )
    assert 120 <= waited() < 150
    with worker_process():
        wait_until(lambda: waited() == 0)


@pytest.mark.rule("SCA-1", "SCA-2")
def test_a_job_works_in_the_tenant_that_enqueued_it(fresh_tenant: str, schema_copier):
    schema_copier.copy_to("neighbor")
    try:
        numbers = jobs.note_run.enqueue_each([{"key": "k"}, {"key": "k"}])
        with worker_process():
            wait_until(lambda: all(status_of(number) is None for number in numbers))
        assert runs("k") == 2
        with within_tenant("neighbor"):
            assert runs("k") == 0
    finally:
        schema_copier.drop("neighbor")


@pytest.mark.rule("REL-A", "SCA-1")
def test_a_job_of_a_killed_worker_is_done_by_another_one(fresh_tenant: str):
    number = jobs.die_the_first_time.enqueue(key="k")
    with worker_process() as one, worker_process() as other:
        wait_until(lambda: runs("k") == 1 and status_of(number) is not None)
        started = time.monotonic()
        wait_until(lambda: status_of(number) is None)
        assert time.monotonic() - started < 10
        assert {one.poll(), other.poll()} == {None, -signal.SIGKILL}
    assert runs("k") == 2


@pytest.mark.rule("REL-A")
def test_a_job_that_lost_its_connection_is_tried_again(fresh_tenant: str):
    number = jobs.lose_the_connection_the_first_time.enqueue(key="k")
    with worker_process():
        wait_until(lambda: status_of(number) is None)
    assert runs("k") == 2


def failure_of(cause: psycopg.Error) -> OperationalError:
    """What Django makes of an error of the database."""
    failure = OperationalError(str(cause))
    failure.__cause__ = cause
    return failure


OUTAGES = {
    "lost": failure_of(psycopg.OperationalError("server closed the connection unexpectedly")),
    "refused": failure_of(psycopg.errors.ConnectionFailure()),
    "shut down": failure_of(psycopg.errors.AdminShutdown()),
    "crashed": failure_of(psycopg.errors.CrashShutdown()),
    "starting": failure_of(psycopg.errors.CannotConnectNow()),
    "crowded": failure_of(psycopg.errors.TooManyConnections()),
    "disk full": failure_of(psycopg.errors.DiskFull()),
    "closed": InterfaceError("connection already closed"),
}
INTERRUPTIONS = {
    "deadlock": failure_of(psycopg.errors.DeadlockDetected()),
    "timeout": failure_of(psycopg.errors.QueryCanceled()),
    "memory": failure_of(psycopg.errors.OutOfMemory()),
}


def is_tried_again(failure: Exception, attempts: int) -> bool:
    job = QueuedJob(id=1, queue="q", lock=None, queueing_lock=None, task_name="job", attempts=attempts)
    decision = RetryWhenTheDatabaseFails().get_retry_decision(exception=failure, job=job)
    return decision is not None and decision.retry_at <= now() + timedelta(seconds=LONGEST_PAUSE)


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize("failure", OUTAGES.values(), ids=OUTAGES)
def test_a_job_waits_for_the_end_of_an_outage_however_long_that_takes(failure: Exception):
    assert is_tried_again(failure, attempts=1)
    assert is_tried_again(failure, attempts=ATTEMPTS * 1000)


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize("failure", INTERRUPTIONS.values(), ids=INTERRUPTIONS)
def test_a_job_that_is_interrupted_each_time_ends(failure: Exception):
    assert is_tried_again(failure, attempts=ATTEMPTS - 1)
    assert not is_tried_again(failure, attempts=ATTEMPTS)


@pytest.mark.rule("REL-A")
def test_a_worker_that_is_told_to_stop_finishes_its_job(fresh_tenant: str):
    number = jobs.take_a_second.enqueue(key="k")
    with worker_process() as worker:
        wait_until(lambda: runs("k started") == 1)
        worker.terminate()
        assert worker.wait(10) == 0
    assert runs("k") == 1
    assert status_of(number) is None


@pytest.mark.rule("SCA-1")
def test_a_job_with_an_error_in_it_fails_and_is_kept(fresh_tenant: str):
    number = jobs.fail.enqueue(key="k")
    with worker_process():
        wait_until(lambda: status_of(number) == "failed")
    assert runs("k") == 1
