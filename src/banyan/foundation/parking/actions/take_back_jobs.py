"""Give the jobs of lost workers to others (REL-A); set a job aside that loses one worker after the other."""

import logging
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from banyan.foundation.leases import lost_workers
from banyan.foundation.parking.notices import notify_of_parking

MOST_LOST_WORKERS = 5
LONGEST_PAUSE = 30
"""Seconds. The first time there is none, then ever longer ones, so that others go on meanwhile."""
REASON = "the worker process ended or froze while doing it, {} times"
log = logging.getLogger("banyan.worker")

# A job of a worker that left in good order, or that came back after an outage, has no worker, and cost none.
LEFT_BEHIND = """
SELECT job.id, job.worker_id IS NOT NULL FROM procrastinate_jobs job
WHERE job.status = 'doing' AND (job.worker_id = ANY(%(workers)s) OR job.worker_id IS NULL)
FOR UPDATE SKIP LOCKED
"""
COUNT_LOST_WORKER = """
INSERT INTO parking_trouble AS trouble (job_id, lost_workers) VALUES (%(job)s, 1)
ON CONFLICT (job_id) DO UPDATE SET lost_workers = trouble.lost_workers + 1
RETURNING lost_workers
"""
DO_AGAIN = "SELECT procrastinate_retry_job_v2(%(job)s, now() + make_interval(secs => %(pause)s), NULL, NULL, NULL)"
END = "SELECT procrastinate_finish_job_v1(%(job)s, 'failed', false)"
PARK = "UPDATE parking_trouble SET parked = true, reason = %(reason)s WHERE job_id = %(job)s"
FORGET_WORKERS = "DELETE FROM procrastinate_workers WHERE id = ANY(%(workers)s)"


def take_back_jobs(silent_workers: Collection[int]) -> None:
    """Have the jobs of those of these workers that are lost done by others, and the jobs that have no worker.

    A job that has lost five workers is parked: it waits for an operator, and what waits for it is told.
    """
    with transaction.atomic():
        workers = lost_workers(silent_workers)
        parked = [job for job, worker_is_lost in _left_behind(workers) if not _is_given_back(job, worker_is_lost)]
        _execute(FORGET_WORKERS, workers=workers)
    for job in parked:
        notify_of_parking(job)


def _left_behind(workers: Collection[int]) -> list[tuple[int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_BEHIND, {"workers": list(workers)})
        return list(cursor.fetchall())


def _is_given_back(job: int, worker_is_lost: bool) -> bool:
    """Whether others get the job; else it is parked."""
    lost = _count_lost_worker(job) if worker_is_lost else 0
    if lost >= MOST_LOST_WORKERS:
        log.error("job %s is parked: it was left behind by %s workers; `banyan jobs` deals with it", job, lost)
        _execute(END, job=job)
        _execute(PARK, job=job, reason=REASON.format(lost))
        return False
    log.warning("job %s was left behind by its worker and is done again", job)
    _execute(DO_AGAIN, job=job, pause=0 if lost < 2 else min(2**lost, LONGEST_PAUSE))
    return True


def _count_lost_worker(job: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_LOST_WORKER, {"job": job})
        return int(cursor.fetchone()[0])


def _execute(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
