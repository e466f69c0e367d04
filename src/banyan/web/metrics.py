"""Numbers for whoever runs Banyan, in the format of Prometheus."""

import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

Answer = Callable[[HttpRequest], HttpResponse]
requests_answered = Counter("banyan_requests", "Requests answered", ["method", "route", "status"])
seconds_to_answer = Histogram("banyan_request_seconds", "Time to answer a request", ["method", "route"])


def measure_requests(answer: Answer) -> Answer:
    """Middleware: count each request and take its time, by the pattern of its address."""

    def answer_measured(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = answer(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        requests_answered.labels(request.method, route, response.status_code).inc()
        seconds_to_answer.labels(request.method, route).observe(time.perf_counter() - started)
        return response

    return answer_measured


# Of the jobs that could be done now, the one that is there longest; each has an event for when it was enqueued.
SECONDS_WAITED = """
SELECT extract(epoch FROM now() - event.at) FROM procrastinate_jobs job
JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
ORDER BY job.id LIMIT 1
"""


class Jobs:
    """How many jobs wait, run and have failed, and how long the oldest waits, asked for each time."""

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("banyan_jobs", "Jobs by status", labels=["status"])
        waited = GaugeMetricFamily("banyan_oldest_waiting_job_seconds", "How long a job that could be done has waited")
        with connection.cursor() as cursor:
            cursor.execute("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status")
            for status, number in cursor.fetchall():
                jobs.add_metric([status], number)
            cursor.execute(SECONDS_WAITED)
            row = cursor.fetchone()
            waited.add_metric([], 0 if row is None else float(row[0]))
        yield from (jobs, waited)


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers of all web processes together."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(Jobs())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
