"""Delete what nobody asks for any more: remembered answers (ERR-2) and jobs that have ended."""

from datetime import datetime, timedelta

from django.db import connection

from banyan.foundation.models import IdempotencyKey
from banyan.foundation.tenants.queries import all_tenants, within_tenant

DAYS_KEPT = 30

# A job that did its work is deleted at once; one that failed is kept for a while, so that somebody may look at it.
DELETE_ENDED_JOBS = """
WITH ended AS (
    SELECT job.id FROM procrastinate_jobs job
    WHERE job.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND NOT EXISTS (SELECT 1 FROM procrastinate_events event WHERE event.job_id = job.id AND event.at >= %(before)s)
), forgotten AS (
    UPDATE procrastinate_periodic_defers SET job_id = NULL WHERE job_id IN (SELECT id FROM ended)
)
DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM ended)
"""


def tidy_up(now: datetime) -> None:
    """In every tenant, forget the answers that were made more than thirty days ago; delete jobs that ended before."""
    before = now - timedelta(days=DAYS_KEPT)
    with connection.cursor() as cursor:
        cursor.execute(DELETE_ENDED_JOBS, {"before": before})
    for tenant in all_tenants():
        with within_tenant(tenant.schema_name):
            IdempotencyKey.objects.filter(created_at__lt=before).delete()
