"""What an operator may deal with."""

from django.db import connection

from banyan.foundation.parking.queries import FAILED, PARKED, ListedJob, find_job
from banyan.kernel.refusals import conflict, unknown


def locked_job(number: int) -> ListedJob:
    """A job that failed or is parked, which nobody else changes until the transaction ends; others are refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [number])
    job = find_job(number)
    if job is None:
        raise unknown("job", f"there is no job {number} in the queue; `banyan jobs list` names them", number)
    if job.state not in (FAILED, PARKED):
        message = f"job {number} is {job.state}; only one that failed or is parked is retried or deleted"
        raise conflict("job", "not_ended", message, "REL-A", number)
    return job
