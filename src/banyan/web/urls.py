"""Where everything is served."""

from django.urls import include, path

from banyan.api.router import api

urlpatterns = [
    path("", include("banyan.console.urls")),
    path("api/v1/", api.urls),
]

handler404 = "banyan.web.not_found.not_found"
handler500 = "banyan.web.failed.failed"
