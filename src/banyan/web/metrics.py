"""What a web process counts of its requests. The numbers of all of them are shown by `metrics_server`."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

Answer = Callable[[HttpRequest], HttpResponse]
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
"""What a client makes up is no label: each would be kept for good."""

requests_answered = Counter("banyan_requests", "Requests answered", ["method", "route", "status"])
seconds_to_answer = Histogram("banyan_request_seconds", "Time to answer a request", ["method", "route"])


def measure_requests(answer: Answer) -> Answer:
    """Middleware: count each request and take its time, by the pattern of its address."""

    def answer_measured(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = answer(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        method = request.method if request.method in METHODS else OTHER
        requests_answered.labels(method, route, response.status_code).inc()
        seconds_to_answer.labels(method, route).observe(time.perf_counter() - started)
        return response

    return answer_measured
