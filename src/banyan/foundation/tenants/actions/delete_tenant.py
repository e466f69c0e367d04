"""Delete a tenant for good: its schema, its hosts and the jobs that wait in it (SYS-4)."""

import logging
from collections.abc import Callable

from django.db import connection, transaction

from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import named_tenant, within_tenant
from banyan.kernel.refusals import conflict

SECONDS_TO_WAIT = "SET LOCAL lock_timeout = '10s'"
DROP_SCHEMA = "DROP SCHEMA IF EXISTS {} CASCADE"
# What is locked here no worker takes any more.
JOBS_OF_TENANT = """
SELECT id, status::text FROM procrastinate_jobs WHERE args->>'tenant' = %s ORDER BY id FOR UPDATE
"""
FORGET_PERIODS = "UPDATE procrastinate_periodic_defers SET job_id = NULL WHERE job_id = ANY(%s)"
DELETE_JOBS = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s)"
log = logging.getLogger(__name__)


def delete_tenant(schema_name: str, refuse_while_busy: Callable[[], object]) -> Tenant:
    """The tenant is gone with everything in it, in one transaction: whatever ends the process, all of it is there or
    nothing. `refuse_while_busy` looks, within the tenant, whether something of it is under way.

    Refused: a tenant that there isn't, one in which something is under way. Raises OperationalError where somebody
    holds one of its tables for longer than ten seconds.
    """
    with transaction.atomic(), within_tenant("public"), connection.cursor() as cursor:
        cursor.execute(SECONDS_TO_WAIT)
        tenant = named_tenant(schema_name, for_update=True)
        with within_tenant(schema_name):
            refuse_while_busy()
        cursor.execute(DROP_SCHEMA.format(connection.ops.quote_name(schema_name)))
        _delete_jobs(schema_name)
        Tenant.objects.filter(pk=tenant.pk).delete()
    log.warning("the tenant %s was deleted", schema_name)
    return tenant


def _delete_jobs(schema_name: str) -> None:
    """After the schema is dropped nobody can commit another one."""
    with connection.cursor() as cursor:
        cursor.execute(JOBS_OF_TENANT, [schema_name])
        jobs: dict[int, str] = dict(cursor.fetchall())
        if doing := [number for number, status in jobs.items() if status == "doing"]:
            message = f"a worker is doing job {doing[0]} of {schema_name}; wait until it is done (`banyan jobs list`)"
            raise conflict("tenant", "busy", message, "SYS-4", schema_name)
        cursor.execute(FORGET_PERIODS, [list(jobs)])
        cursor.execute(DELETE_JOBS, [list(jobs)])
