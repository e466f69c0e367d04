"""Give a job up that failed or was parked."""

from django.db import connection, transaction

from banyan.foundation.parking.checks import locked_job
from banyan.foundation.parking.notices import notify_of_giving_up
from banyan.foundation.parking.queries import PARKED, ListedJob


@transaction.atomic
def delete_job(number: int) -> ListedJob:
    """The job is gone. What waited for it, such as a bill run or an import, is failed with the reason, and stands in
    nobody's way. Refused: a job that neither failed nor is parked, one that is not there.
    """
    job = locked_job(number)
    if job.state == PARKED:
        notify_of_giving_up(job)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [number])
    return job
