"""Reads of the queue, for whoever runs Banyan: of all tenants."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

WAITING, UNDER_WAY, FAILED, PARKED = "waiting", "under way", "failed", "parked"
_STATES = {"todo": WAITING, "doing": UNDER_WAY, "failed": FAILED}

# Each job has an event for when it was enqueued, begun, taken back and so on.
JOBS = """
SELECT job.id, job.task_name, job.args::text, job.status::text, coalesce(trouble.parked, false), job.attempts,
       coalesce(trouble.lost_workers, 0), coalesce(trouble.reason, ''),
       (SELECT max(event.at) FROM procrastinate_events event WHERE event.job_id = job.id AND event.at <= now())
FROM procrastinate_jobs job LEFT JOIN parking_trouble trouble ON trouble.job_id = job.id
WHERE {which} ORDER BY job.id
"""
NOT_WAITING = "job.status IN ('doing', 'failed')"
NOT_ENDED = "job.status IN ('todo', 'doing', 'failed')"
OF_NUMBER = "job.id = %(number)s AND job.status IN ('todo', 'doing', 'failed')"
PARKED_OF_TENANT = "job.status = 'failed' AND trouble.parked AND job.args->>'tenant' = %(tenant)s"


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job in the queue. `lost_workers`: how many worker processes ended or froze while doing it.

    `tenant` is "" for what is done for all tenants. `since`: when it came into its state.
    """

    number: int
    name: str
    tenant: str
    arguments: Mapping[str, Any]
    state: str
    attempts: int
    lost_workers: int
    reason: str
    since: datetime | None


def jobs_in_the_queue(with_waiting: bool = False) -> list[ListedJob]:
    """Every job that is under way, failed or parked, and, if asked for, those that wait for a worker."""
    return _jobs(NOT_ENDED if with_waiting else NOT_WAITING)


def find_job(number: int) -> ListedJob | None:
    """The job of that number, if it is in the queue."""
    return next(iter(_jobs(OF_NUMBER, number=number)), None)


def parked_jobs_of(tenant: str) -> list[ListedJob]:
    """The jobs of a tenant that are parked."""
    return _jobs(PARKED_OF_TENANT, tenant=tenant)


def _jobs(which: str, **values: Any) -> list[ListedJob]:
    with connection.cursor() as cursor:
        cursor.execute(JOBS.format(which=which), values)
        return [_listed(*row) for row in cursor.fetchall()]


def _listed(
    number: int, name: str, args: str, status: str, parked: bool, attempts: int, lost: int, reason: str,
    since: datetime | None,
) -> ListedJob:  # fmt: skip
    arguments = json.loads(args)
    tenant = arguments.pop("tenant", "")
    state = PARKED if parked and status == "failed" else _STATES[status]
    return ListedJob(number, name, tenant, arguments, state, attempts, lost, reason, since)
