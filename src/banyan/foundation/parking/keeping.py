"""What is kept of a job that is in trouble, as long as the job is there."""

from django.db import connection

LONGEST_REASON = 1000
KEEP_REASON = """
INSERT INTO parking_trouble (job_id, reason) SELECT id, %(reason)s FROM procrastinate_jobs WHERE id = %(job)s
ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason
"""


def keep_reason(job: int, reason: str) -> None:
    """Why a job that failed did so."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_REASON, {"job": job, "reason": reason.replace("\0", "")[:LONGEST_REASON]})
