"""The addresses of the pages: each resource has its own list."""

from django.urls import path

from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <account:account>)
from banyan.console import (
    billing_urls,
    components,
    customer_urls,
    overview,
    own_password,
    preferences,
    relation_urls,
    search,
    signing_in,
)

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-in/<str:secret>", signing_in.sign_in_by_link, name="sign_in_by_link"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/password", own_password.own_password, name="own_password"),
    path("preferences/theme", preferences.theme, name="theme"),
    path("preferences/chosen/<str:name>", preferences.choose, name="choose"),
    path("components", components.components, name="components"),
    path("components/modal", components.example_modal, name="example_modal"),
    path("search", search.search, name="search"),
    path("search/quick", search.quick, name="quick_search"),
    *relation_urls.urlpatterns,
    *customer_urls.urlpatterns,
    *billing_urls.urlpatterns,
]
