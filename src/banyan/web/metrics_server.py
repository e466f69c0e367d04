"""Numbers for whoever runs Banyan, in the format of Prometheus: python -m banyan.web.metrics_server HOST PORT FOLDER.

A process and a port of its own: the numbers are not for everybody who reaches the console, and can be had while the
web processes have no time.
"""

import logging
import sys
import time
from collections.abc import Iterator

import psycopg
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from banyan.foundation.database import conninfo
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs

SECONDS_FOR_THE_DATABASE = 3
SECONDS_BETWEEN_TRIES = 5.0
logger = logging.getLogger(__name__)

# Of the jobs that could be done now, the one that is there longest; each has an event for when it was enqueued.
SECONDS_WAITED = """
SELECT extract(epoch FROM now() - event.at) FROM public.procrastinate_jobs job
JOIN public.procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
ORDER BY job.id LIMIT 1
"""


class Jobs(Collector):
    """How many jobs wait, run and have failed, and how long the oldest waits, asked for each time.

    While the database does not answer, `banyan_database_up` is 0 and the others are missing.
    """

    def collect(self) -> Iterator[Metric]:
        is_up = GaugeMetricFamily("banyan_database_up", "1 if the database answers, else 0")
        try:
            found = _jobs()
        except psycopg.Error as failure:
            logger.warning("no numbers of jobs: %s", str(failure).partition("\n")[0])
            found = []
        is_up.add_metric([], 1 if found else 0)
        yield from (is_up, *found)


def _jobs() -> list[Metric]:
    jobs = GaugeMetricFamily("banyan_jobs", "Jobs by status", labels=["status"])
    waited = GaugeMetricFamily("banyan_oldest_waiting_job_seconds", "How long a job that could be done has waited")
    with psycopg.connect(conninfo(), connect_timeout=SECONDS_FOR_THE_DATABASE, autocommit=True) as connection:
        connection.execute(f"SET statement_timeout = '{SECONDS_FOR_THE_DATABASE}s'")
        for status, number in connection.execute("SELECT status, count(*) FROM public.procrastinate_jobs GROUP BY 1"):
            jobs.add_metric([status], number)
        row = connection.execute(SECONDS_WAITED).fetchone()
        waited.add_metric([], 0 if row is None else float(row[0]))
    return [jobs, waited]


def main(host: str, port: int, folder: str) -> None:
    """Show the numbers until SIGTERM; a port that is taken is tried again, and nothing else waits for it."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)
    registry.register(Jobs())
    while True:
        try:
            _, listening = start_http_server(port, host, registry)
        except OSError as failure:
            logger.warning("no numbers at %s:%s: %s; choose another --metrics-port", host, port, failure.strerror)
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            listening.join()


if __name__ == "__main__":
    configure_logs()
    end_with_parent()
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
