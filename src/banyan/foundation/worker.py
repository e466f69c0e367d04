"""One worker process: takes one job after the other, until it is told to stop."""

import asyncio
import logging
import time

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django import app as app_of_jobs
from procrastinate.exceptions import ConnectorException

from banyan.foundation.database import conninfo, start_database
from banyan.foundation.embedded import EmbeddedServerError
from banyan.foundation.outages import is_outage

SECONDS_BETWEEN_HEARTBEATS = 1.0
SECONDS_UNTIL_STALLED = 6.0
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_TRIES = 2.0

# A job of a worker that no longer gives a sign of life goes back to the others. Of several that look, one takes it.
TAKE_BACK = """
WITH stalled AS (
    SELECT job.id FROM procrastinate_jobs job
    WHERE job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat >= now() - make_interval(secs => %(seconds)s))
    FOR UPDATE SKIP LOCKED)
SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)::text FROM stalled
"""
log = logging.getLogger("banyan.worker")


def run_worker() -> None:
    """Work until SIGTERM or SIGINT; the job under way is finished first. An outage of the database is waited for."""
    while True:
        try:
            start_database()
            connector = PsycopgConnector(conninfo=conninfo(), min_size=1, max_size=3)
            asyncio.run(_work(_app_of_worker(connector)))
        except (ConnectorException, EmbeddedServerError, psycopg.OperationalError) as failure:
            if not (isinstance(failure, EmbeddedServerError) or is_outage(failure)):
                raise
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


async def _work(app: App) -> None:
    async with app.open_async():
        taking_back = asyncio.create_task(_take_back_stalled_jobs(app))
        try:
            await app.run_worker_async(
                fetch_job_polling_interval=SECONDS_BETWEEN_LOOKS,
                update_heartbeat_interval=SECONDS_BETWEEN_HEARTBEATS,
                stalled_worker_timeout=SECONDS_UNTIL_STALLED,
                delete_jobs="successful",
            )
        finally:
            taking_back.cancel()


async def _take_back_stalled_jobs(app: App) -> None:
    while True:
        try:
            for row in await app.connector.execute_query_all_async(TAKE_BACK, seconds=SECONDS_UNTIL_STALLED):
                log.warning("job %s was left behind by its worker and is done again", row["id"])
        except Exception as failure:  # whatever it is, the next look may succeed
            log.warning("could not look for stalled jobs: %s", failure)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
