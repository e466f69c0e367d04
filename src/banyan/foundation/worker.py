"""One worker process: takes one job after the other, until it is told to stop.

It gives a sign of life every second, and looks whether others do: `leases.py` says what a worker is that does not. One
that was taken for lost, because it was frozen or cut off, ends as soon as it sees that.
"""

import asyncio
import logging
import os
import time
from collections.abc import Collection, Sequence
from typing import NoReturn

import psycopg
from django.db import connections
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django import app as app_of_jobs
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from banyan.foundation.database import conninfo, start_database
from banyan.foundation.embedded import EmbeddedServerError
from banyan.foundation.leases import SECONDS_UNTIL_SILENT, SILENT
from banyan.foundation.outages import is_outage
from banyan.foundation.parking.actions.take_back_jobs import take_back_jobs
from banyan.foundation.time_limits import Work, limit_connections

SECONDS_BETWEEN_HEARTBEATS = 1.0
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_TRIES = 2.0
SECONDS_TO_LEAVE = 0.2
SECONDS_UNTIL_FORGOTTEN = 7 * 24 * 3600.0
"""Others take a lost worker's jobs back long before, and then forget it; the queue itself must not."""
TAKEN_FOR_LOST = 3
"""Exit code."""

IS_KNOWN = "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE id = %(worker)s) AS known"
WITHOUT_WORKER = (
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL) AS left_behind"
)
LEAVE = "SELECT procrastinate_unregister_worker_v1(%(worker)s)"
log = logging.getLogger("banyan.worker")


def run_worker(queues: Sequence[str] = ()) -> None:
    """Work until SIGTERM or SIGINT; the job under way is finished first. An outage of the database is waited for.

    `queues`: which of them it takes jobs of, all when none is named.
    """
    limit_connections(Work.JOB)
    before: int | None = None
    while True:
        app = _app_of_worker(PsycopgConnector(conninfo=conninfo(), min_size=1, max_size=3))
        worker = Worker(
            app,
            queues=queues or None,
            fetch_job_polling_interval=SECONDS_BETWEEN_LOOKS,
            update_heartbeat_interval=SECONDS_BETWEEN_HEARTBEATS,
            stalled_worker_timeout=SECONDS_UNTIL_FORGOTTEN,
            delete_jobs="successful",
        )
        try:
            start_database()
            asyncio.run(_work(app, worker, before))
        except (ConnectorException, EmbeddedServerError, psycopg.OperationalError) as failure:
            if isinstance(failure.__cause__, psycopg.errors.ForeignKeyViolation):  # it asked for a job, and is unknown
                _end_taken_for_lost()
            if not (isinstance(failure, EmbeddedServerError) or is_outage(failure)):
                raise
            before = worker.worker_id or before
            why = str(failure.__cause__ or failure).partition("\n")[0]
            log.warning("no work until the database is back: %s", why)
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return


def _app_of_worker(connector: PsycopgConnector) -> App:
    """An app that takes jobs over connections of its own, while jobs enqueue others in their Django transaction."""
    app = DjangoApp(connector=connector)
    app.tasks = app_of_jobs.tasks
    app.periodic_registry = app_of_jobs.periodic_registry
    return app


async def _work(app: App, worker: Worker, before: int | None) -> None:
    """`before`: the worker that this process was until an outage; what it was at is done again."""
    async with app.open_async():
        if before is not None:
            await app.connector.execute_query_async(LEAVE, worker=before)
        looking = asyncio.create_task(_look_after_workers(app, worker))
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            looking.cancel()


async def _look_after_workers(app: App, worker: Worker) -> None:
    """Every second: end if this worker was taken for lost; take back the jobs of those that are silent at two looks in
    a row, so that an outage that silenced all is no reason.
    """
    silent: set[int] = set()
    while True:
        try:
            await _end_if_taken_for_lost(app, worker)
            rows = await app.connector.execute_query_all_async(SILENT, silent=SECONDS_UNTIL_SILENT)
            silent_before, silent = silent, {row["id"] for row in rows} - {worker.worker_id}
            left_behind = (await app.connector.execute_query_one_async(WITHOUT_WORKER))["left_behind"]
            if left_behind or silent & silent_before:
                await asyncio.to_thread(_take_back, silent & silent_before)
        except Exception as failure:  # whatever it is, the next look may succeed
            log.warning("could not look for stalled jobs: %s", failure)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def _end_if_taken_for_lost(app: App, worker: Worker) -> None:
    """At once and without ado: others do its job, and its connections were ended."""
    number = worker.worker_id
    if number is None or (await app.connector.execute_query_one_async(IS_KNOWN, worker=number))["known"]:
        return
    await asyncio.sleep(SECONDS_TO_LEAVE)
    if worker.worker_id == number:
        _end_taken_for_lost()


def _end_taken_for_lost() -> NoReturn:
    log.error("this worker gave no sign of life for too long; its job was given to others, and it ends")
    os._exit(TAKEN_FOR_LOST)


def _take_back(silent_workers: Collection[int]) -> None:
    try:
        take_back_jobs(silent_workers)
    finally:
        connections.close_all()
