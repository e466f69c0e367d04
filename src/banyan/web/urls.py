"""Where everything is served."""

from django.urls import include, path

from banyan.api.router import api
from banyan.web import health, metrics

urlpatterns = [
    path("", include("banyan.console.urls")),
    path("api/v1/", api.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
]

handler404 = "banyan.web.not_found.not_found"
handler500 = "banyan.web.failed.failed"
