"""A worker's hold on its job: by signs of life, and by connections that carry its number and so can be ended.

A worker that gives no sign of life for a while is taken for lost. What it has open in the database is then ended by the
server, so that whoever does its job next waits for nothing, and a worker that was only frozen commits nothing any more.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from banyan.foundation.operators import number_set

SECONDS_UNTIL_SILENT = 5.0
"""A worker that is silent for so long and has no connection left is dead."""
SECONDS_UNTIL_FROZEN = max(SECONDS_UNTIL_SILENT, number_set("BANYAN_WORKER_LEASE_SECONDS", 30))
"""One that is silent for so long is taken for lost whatever it still holds."""

NAME = "banyan worker "
MARK = "SELECT set_config('application_name', %s, false)"

SILENT = """
SELECT worker.id FROM procrastinate_workers worker
WHERE worker.last_heartbeat < now() - make_interval(secs => %(silent)s)
"""

# Whose row is locked can't give another sign of life before it is known to be lost.
LOST = """
SELECT worker.id FROM procrastinate_workers worker
WHERE worker.id = ANY(%(among)s) AND worker.last_heartbeat < now() - make_interval(secs => %(silent)s)
  AND (worker.last_heartbeat < now() - make_interval(secs => %(frozen)s)
       OR NOT EXISTS (SELECT FROM pg_stat_activity other WHERE other.application_name = %(name)s || worker.id))
FOR UPDATE SKIP LOCKED
"""
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity, unnest(%(workers)s::bigint[]) AS lost(worker_id)
WHERE application_name = %(name)s || lost.worker_id AND pid <> pg_backend_pid()
"""

_working_as: int | None = None


def work_as(worker: int) -> None:
    """From now on the connections of this process are those of that worker, and are ended when it is lost."""
    global _working_as
    _working_as = worker
    _mark(connection)


def _mark_new(sender: object, connection: BaseDatabaseWrapper, **more: Any) -> None:
    if _working_as is not None:
        _mark(connection)


connection_created.connect(_mark_new, dispatch_uid="banyan.foundation.leases")


def _mark(of: Any) -> None:
    with of.cursor() as cursor:
        cursor.execute(MARK, [f"{NAME}{_working_as}"])


def lost_workers(among: Collection[int]) -> list[int]:
    """Of these workers those that are lost, ended or frozen. What they have open is ended now; until the transaction
    ends nobody else deals with them.
    """
    limits: dict[str, Any] = {"silent": SECONDS_UNTIL_SILENT, "frozen": SECONDS_UNTIL_FROZEN, "name": NAME}
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"among": list(among), **limits})
        workers = [row[0] for row in cursor.fetchall()]
        cursor.execute(END_CONNECTIONS, {"workers": workers, "name": NAME})
    return workers
