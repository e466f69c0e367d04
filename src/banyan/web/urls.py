"""Where everything is served."""

from django.urls import path

from banyan.web import health, metrics

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
]
