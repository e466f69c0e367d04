"""Workers that end or freeze in the middle of a job: others do it; a job that costs one after the other is parked."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from banyan.foundation import supervision
from banyan.foundation.database import conninfo
from banyan.foundation.models import Setting
from banyan.foundation.parking.actions.delete_job import delete_job
from banyan.foundation.parking.actions.retry_job import retry_job
from banyan.foundation.parking.actions.take_back_jobs import MOST_LOST_WORKERS, take_back_jobs
from banyan.foundation.parking.queries import FAILED, PARKED, UNDER_WAY, WAITING, ListedJob, find_job, jobs_in_the_queue
from banyan.foundation.supervision import Child, Supervisor
from banyan.foundation.worker import TAKEN_FOR_LOST
from banyan.kernel.refusals import Kind, Refusal
from tests.foundation import jobs_of_tests as jobs
from tests.foundation.test_jobs import runs, status_of, wait_until, worker_process


def frozen(process: subprocess.Popen[bytes]) -> bool:
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


@pytest.mark.rule("REL-A", "SCA-1")
def test_the_job_of_a_frozen_worker_is_done_by_another_and_what_it_had_begun_never_counts(
    fresh_tenant: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BANYAN_WORKER_LEASE_SECONDS", "6")
    Setting.objects.create(key="k", value=0)
    number = jobs.freeze_in_a_transaction_the_first_time.enqueue(key="k")
    with worker_process() as one:
        wait_until(lambda: frozen(one))
        try:
            with worker_process() as other:
                wait_until(lambda: status_of(number) is None)
                assert other.poll() is None
        finally:
            one.send_signal(signal.SIGCONT)
        assert one.wait(20) == TAKEN_FOR_LOST
    assert (runs("k begun"), runs("k")) == (2, 1)


def a_silent_worker(seconds: int) -> int:
    """A worker that gave its last sign of life so many seconds ago, and has no connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [seconds],
        )
        return int(cursor.fetchone()[0])


def taken_by(worker: int, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, scheduled_at = NULL WHERE id = %s",
            [worker, number],
        )


def pause_of(number: int) -> int:
    """How many seconds it takes at least until a worker may have the job, rounded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT round(extract(epoch FROM scheduled_at - now()))::int FROM procrastinate_jobs WHERE id = %s",
            [number],
        )
        return max(int(cursor.fetchone()[0]), 0)


def found(number: int) -> ListedJob:
    job = find_job(number)
    assert job is not None
    return job


def told(key: str) -> str | None:
    return Setting.objects.filter(key=key).values_list("value", flat=True).first()


def parked(key: str) -> int:
    """A job that has lost five workers."""
    number = jobs.die_each_time.enqueue(key=key)
    for _ in range(MOST_LOST_WORKERS):
        worker = a_silent_worker(60)
        taken_by(worker, number)
        take_back_jobs([worker])
    return number


@pytest.fixture
def queue(tenant: str) -> str:
    """The queue without what other tests left in it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return tenant


@pytest.mark.rule("REL-A")
def test_a_job_is_given_back_after_ever_longer_pauses_and_parked_when_it_has_lost_five_workers(queue: str):
    number = jobs.die_each_time.enqueue(key="k")
    pauses = []
    for lost in range(1, MOST_LOST_WORKERS):
        worker = a_silent_worker(60)
        taken_by(worker, number)
        take_back_jobs([worker])
        pauses.append(pause_of(number))
        assert (found(number).state, found(number).lost_workers) == (WAITING, lost)
    assert pauses == [0, 4, 8, 16]
    worker = a_silent_worker(60)
    taken_by(worker, number)
    take_back_jobs([worker])
    job = found(number)
    assert (job.state, job.lost_workers) == (PARKED, 5)
    assert job.reason == "the worker process ended or froze while doing it, 5 times"
    assert told("k trouble") == (
        f"A part of the work is parked, as job {number}: {job.reason}."
        f" `banyan jobs retry {number}` has it done again, `banyan jobs delete {number}` gives it up."
    )
    assert jobs_in_the_queue() == [job]


@pytest.mark.rule("REL-A")
def test_a_worker_that_is_silent_for_a_moment_keeps_its_job(queue: str):
    number = jobs.note_run.enqueue(key="k")
    worker = a_silent_worker(3)
    taken_by(worker, number)
    take_back_jobs([worker])
    assert (found(number).state, found(number).lost_workers) == (UNDER_WAY, 0)


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize(("silent", "state"), [(20, UNDER_WAY), (40, WAITING)])
def test_a_silent_worker_with_an_open_connection_keeps_its_job_for_thirty_seconds(queue: str, silent: int, state: str):
    number = jobs.note_run.enqueue(key="k")
    worker = a_silent_worker(silent)
    taken_by(worker, number)
    with psycopg.connect(conninfo(), application_name=f"banyan worker {worker}") as held:
        take_back_jobs([worker])
        assert found(number).state == state
        if state == WAITING:
            with pytest.raises(psycopg.OperationalError):
                held.execute("SELECT 1")


@pytest.mark.rule("REL-A")
def test_a_job_whose_worker_left_in_good_order_lost_none(queue: str):
    number = jobs.note_run.enqueue(key="k")
    worker = a_silent_worker(0)
    taken_by(worker, number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_unregister_worker_v1(%s)", [worker])
    take_back_jobs([])
    assert (found(number).state, found(number).lost_workers) == (WAITING, 0)


@pytest.mark.rule("REL-A")
def test_a_parked_job_that_is_retried_is_as_new(queue: str):
    first, second = parked("k"), parked("k")
    assert f"job {first}:" in (told("k trouble") or "")
    retry_job(first)
    assert (found(first).state, found(first).lost_workers, found(first).attempts) == (WAITING, 0, 0)
    assert f"job {second}:" in (told("k trouble") or "")
    retry_job(second)
    assert told("k trouble") == ""
    assert told("k ended") is None


@pytest.mark.rule("REL-A")
def test_what_waits_for_a_parked_job_is_given_up_when_the_job_is_deleted(queue: str):
    number = parked("k")
    delete_job(number)
    assert find_job(number) is None
    assert told("k ended") == (f"job {number} was deleted: the worker process ended or froze while doing it, 5 times")


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize("verb", [retry_job, delete_job])
def test_a_job_that_waits_or_is_not_there_is_neither_retried_nor_deleted(queue: str, verb):
    number = jobs.note_run.enqueue(key="k")
    with pytest.raises(Refusal, match=f"job {number} is waiting; only one that failed or is parked") as refused:
        verb(number)
    assert refused.value.kind == Kind.CONFLICT
    with pytest.raises(Refusal, match="there is no job 0 in the queue"):
        verb(0)


@pytest.mark.rule("REL-A")
def test_a_job_that_kills_its_worker_once_more_is_parked_and_others_go_on(fresh_tenant: str):
    number = jobs.die_each_time.enqueue(key="k")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO parking_trouble (job_id, lost_workers) VALUES (%s, 4)", [number])
    with worker_process() as one, worker_process() as other:
        wait_until(lambda: status_of(number) == "failed")
        wait_until(lambda: told("k trouble") is not None)
        after = jobs.note_run.enqueue(key="after")
        wait_until(lambda: status_of(after) is None)
        assert {one.poll(), other.poll()} == {None, -signal.SIGKILL}
    assert found(number).state == PARKED
    delete_job(number)


@pytest.mark.rule("SCA-1")
def test_of_a_job_that_failed_the_reason_is_kept(fresh_tenant: str):
    number = jobs.fail.enqueue(key="k")
    with worker_process():
        wait_until(lambda: status_of(number) == "failed")
    assert (found(number).state, found(number).reason) == (FAILED, "ValueError: k")
    delete_job(number)


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize("essential", [False, True])
def test_a_worker_that_always_ends_at_once_does_not_end_the_server_as_its_web_process_would(
    essential: bool, monkeypatch: pytest.MonkeyPatch, signals_as_before: None
):
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(supervision, "SECONDS_BETWEEN_LOOKS", 0.01)
    started = []
    monkeypatch.setattr(Child, "start", lambda child: (started.append(child.module), _start(child)))
    monkeypatch.setattr(supervision, "SECONDS_BETWEEN_CHECKS", 0.0)

    def stop_when_it_was_started_ten_times() -> None:
        if started.count("ends") == 10:
            os.kill(os.getpid(), signal.SIGTERM)

    children = [Child("lives"), Child("ends", essential=essential)]
    assert Supervisor(children, stop_when_it_was_started_ten_times).run() is not essential
    assert (started.count("lives"), started.count("ends")) == (1, 5 if essential else 10)


def _start(child: Child) -> None:
    command = "import time; time.sleep(60)" if child.module == "lives" else "raise SystemExit(1)"
    child.process = subprocess.Popen([sys.executable, "-S", "-c", command])
    child.started = supervision.time.monotonic()
