"""What waits for a job is told that it is parked, done again or given up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from banyan.foundation.jobs import Waiting, what_waits_for
from banyan.foundation.parking.queries import ListedJob, find_job, parked_jobs_of
from banyan.foundation.tenants.queries import find_tenant, within_tenant

PARKED = (
    "A part of the work is parked, as job {0.number}: {0.reason}. `banyan jobs retry {0.number}` has it done again,"
    " `banyan jobs delete {0.number}` gives it up."
)
log = logging.getLogger("banyan.worker")


class GivenUpError(Exception):
    """An operator gave a parked job up."""


def notify_of_parking(number: int) -> None:
    """What waits for a job that was parked says so; whatever is wrong with that, the job stays parked."""
    try:
        job = find_job(number)
        if job is not None:
            notify_of_trouble(job)
    except Exception:
        log.exception("what waits for job %s could not be told that it is parked", number)


def notify_of_trouble(job: ListedJob) -> None:
    """What waits for the job says which of those that it waits for is parked, or that none is any more."""
    with _who_waits_for(job) as waiting:
        if waiting is not None:
            waiting.note_trouble(_trouble_of(waiting, job.tenant))


def notify_of_giving_up(job: ListedJob) -> None:
    """What waits for a job that was parked is given up with it."""
    with _who_waits_for(job) as waiting:
        if waiting is not None:
            waiting.give_up(GivenUpError(f"job {job.number} was deleted: {job.reason}"))


@contextmanager
def _who_waits_for(job: ListedJob) -> Iterator[Waiting | None]:
    """Within its tenant; None where nothing waits, or the tenant is gone."""
    if find_tenant(job.tenant) is None:
        yield None
        return
    with within_tenant(job.tenant):
        yield what_waits_for(job.name, dict(job.arguments))


def _trouble_of(waiting: Waiting, tenant: str) -> str:
    for parked in parked_jobs_of(tenant):
        other = what_waits_for(parked.name, dict(parked.arguments))
        if other is not None and other.what == waiting.what:
            return PARKED.format(parked)
    return ""
