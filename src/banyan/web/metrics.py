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


class JobsByStatus:
    """How many jobs wait, run and have failed, counted when asked."""

    def collect(self) -> Iterator[Metric]:
        metric = GaugeMetricFamily("banyan_jobs", "Jobs by status", labels=["status"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status")
            for status, number in cursor.fetchall():
                metric.add_metric([status], number)
        yield metric


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers of all web processes together."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(JobsByStatus())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
