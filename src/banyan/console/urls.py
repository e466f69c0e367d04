"""The addresses of the pages: each resource has its own list."""

from django.urls import path
from django.views.generic import RedirectView

from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <account:account>)
from banyan.console import (
    components,
    customer_urls,
    overview,
    preferences,
    relation_urls,
    search,
    settings,
    signing_in,
)
from banyan.console.resources import access_pages, catalogue, lists, people, prices
from banyan.console.resources.pages import pages_of

RESOURCES = (*lists.ALL, *catalogue.ALL, *people.ALL)

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-in/<str:secret>", signing_in.sign_in_by_link, name="sign_in_by_link"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/theme", preferences.theme, name="theme"),
    path("preferences/chosen/<str:name>", preferences.choose, name="choose"),
    path("components", components.components, name="components"),
    path("components/modal", components.example_modal, name="example_modal"),
    path("search", search.search, name="search"),
    path("search/quick", search.quick, name="quick_search"),
    *relation_urls.urlpatterns,
    *customer_urls.urlpatterns,
    path("settings", settings.settings, name="settings"),
    path("lists", RedirectView.as_view(pattern_name="payment_term_list"), name="lists"),
    path("catalogue", RedirectView.as_view(pattern_name="product_list"), name="catalogue"),
    path("catalogue/prices/new", prices.new_price, name="new_price"),
    path("users/<user:user>/sign-in-link", access_pages.make_sign_in_link, name="make_sign_in_link"),
    path("users/<user:user>/roles/new", access_pages.new_membership, name="new_membership"),
    path("users/<user:user>/roles/<membership:membership>/end", access_pages.end_membership, name="end_membership"),
    path("api-keys/new", access_pages.new_api_key, name="new_api_key"),
    *(address for resource in RESOURCES for address in pages_of(resource)),
]
