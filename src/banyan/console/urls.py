"""The addresses of the pages."""

from django.urls import path

from banyan.console import overview

urlpatterns = [path("", overview.overview, name="overview")]
