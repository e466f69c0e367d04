"""Have a job done again that failed or was parked."""

from django.db import connection, transaction

from banyan.foundation.parking.checks import locked_job
from banyan.foundation.parking.notices import notify_of_trouble
from banyan.foundation.parking.queries import PARKED, ListedJob

FORGET_TROUBLE = "DELETE FROM parking_trouble WHERE job_id = %s"
DO_AGAIN = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
AS_IF_NEW = "UPDATE procrastinate_jobs SET attempts = 0 WHERE id = %s"


@transaction.atomic
def retry_job(number: int) -> ListedJob:
    """Workers take the job as if it were new. Refused: one that neither failed nor is parked, or that is not there."""
    job = locked_job(number)
    with connection.cursor() as cursor:
        for statement in (FORGET_TROUBLE, DO_AGAIN, AS_IF_NEW):
            cursor.execute(statement, [number])
    if job.state == PARKED:
        notify_of_trouble(job)
    return job
