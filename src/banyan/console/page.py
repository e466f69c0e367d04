"""The frame around every page: who visits, what the visitor may see and do, how refusals are told."""

from collections.abc import Callable
from datetime import date
from functools import partial, wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.db import IntegrityError, connection, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from banyan.accounts.today import same_day_throughout
from banyan.console.access import check_address
from banyan.console.assets import AssetsMissingError
from banyan.console.errors import message_page
from banyan.console.localized import locale_of_browser, written_in
from banyan.console.models import Preferences
from banyan.console.queries import preferences_of, time_zone_of
from banyan.console.session import signed_in_user
from banyan.foundation.actors import Actor
from banyan.foundation.deadlocks import again_after_deadlock
from banyan.foundation.history import acting_as
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.request import host_of
from banyan.kernel.refusals import Kind, Refusal, unknown
from banyan.organizations.access_scope import scoped_to
from banyan.organizations.models import User
from banyan.organizations.queries import access_scope_of_user

Row = TypeVar("Row", bound=Model)

STATUS_OF_KIND = {Kind.INVALID: 422, Kind.CONFLICT: 409, Kind.UNKNOWN: 404, Kind.FORBIDDEN: 403}
MODAL = "frame-content"
POLICY = "; ".join(
    (
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'"),
        *("img-src 'self' data:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)


class PageRequest(HttpRequest):
    """A request of somebody who is signed in."""

    tenant: Tenant
    user: User  # type: ignore[assignment]
    preferences: Preferences
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def page(takes: str = "GET pages", at_once: bool = True) -> Callable[[View], View]:
    """A page for who is signed in. `takes` says what it does in the words of the API, `PUT accounts/*/parent`: the role
    is looked up where the API looks it up, and has to hold where everything lies that the address of the page names.

    What is sent with POST is one transaction under the visitor's name; an answer that refuses leaves nothing behind.
    Not `at_once`: what is a transaction says the page, because something has to stay whatever it answers.
    """

    def framed(view: View) -> View:
        @wraps(view)
        def visited(request: PageRequest, **named: Any) -> HttpResponseBase:
            if request.tenant is None:
                return message_page(request, "no_tenant.html", 404, host=host_of(request))
            user = signed_in_user(request)
            if user is None:
                return _to_sign_in(request)
            request.user, request.preferences = user, preferences_of(user)
            locale = request.preferences.locale or locale_of_browser(request.headers.get("Accept-Language", ""))
            with scoped_to(access_scope_of_user(user)), written_in(locale, partial(time_zone_of, user)):
                return answer(request, named)

        def written(request: PageRequest, named: dict[str, Any]) -> HttpResponseBase:
            if not at_once:
                with acting_as(Actor.user(request.user.pk, request.user.email)):
                    return view(request, **named)
            with transaction.atomic():
                with acting_as(Actor.user(request.user.pk, request.user.email)):
                    response = view(request, **named)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
            return response

        def answer(request: PageRequest, named: dict[str, Any]) -> HttpResponseBase:
            try:
                check_address(takes, named)
                if request.method in ("GET", "HEAD"):
                    with same_day_throughout():
                        return view(request, **named)
                return again_after_deadlock(lambda: written(request, named))
            except Refusal as refusal:
                return message_page(request, "refused.html", STATUS_OF_KIND[refusal.kind], refusal=refusal)
            except IntegrityError:
                return message_page(request, "overtaken.html", 409)

        shown = counted(visited)
        shown.takes = takes  # type: ignore[attr-defined]
        return shown

    return framed


def counted(view: View) -> View:
    """Says in the answer how many queries it took, and gives it the headers that every page has."""

    @wraps(view)
    def answered(request: HttpRequest, **named: Any) -> HttpResponseBase:
        queries = 0

        def count(execute: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*arguments)

        with connection.execute_wrapper(count):
            try:
                response = view(request, **named)
            except AssetsMissingError as missing:
                return HttpResponse(str(missing), status=503, content_type="text/plain")
        response["Server-Timing"] = f'queries;desc="{queries}"'
        response["Content-Security-Policy"] = POLICY
        response["Cache-Control"] = "no-store"
        return response

    return answered


def as_the_browser_asks(view: View) -> View:
    """A page for who isn't signed in, in the locale of the browser."""

    @wraps(view)
    def written(request: HttpRequest, **named: Any) -> HttpResponseBase:
        with written_in(locale_of_browser(request.headers.get("Accept-Language", ""))):
            return view(request, **named)

    return written


def show(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A page from a template below `console/`."""
    return render(request, f"console/{template}", context, status=status)


def done(request: PageRequest, message: str, to: str, **named: Any) -> HttpResponse:
    """Something was done: say so on the page that it leads to, named as in urls.py or as an address."""
    messages.success(request, message)
    return lead_to(request, to if to.startswith("/") else reverse(to, kwargs=named))


def lead_to(request: PageRequest, address: str) -> HttpResponse:
    """The browser goes to an address of ours, whether a page or a part of one had asked."""
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def frame_of_page(request: HttpRequest) -> dict[str, Any]:
    """For every template: `frame`, what a page extends, on its own or in the modal frame."""
    htmx = getattr(request, "htmx", None)
    in_modal = bool(htmx and htmx.target == MODAL)
    in_frame = "modal" if in_modal else "page" if hasattr(request, "preferences") else "bare"
    message_frame = f"console/frames/{in_frame}.html"
    return {
        "frame": f"console/frames/{'modal' if in_modal else 'page'}.html",
        "message_frame": message_frame,
        "in_modal": in_modal,
    }


def text_in(request: HttpRequest, name: str) -> str:
    """What the address says after `?name=`, as PostgreSQL can take it."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:200]


def number_in(request: HttpRequest, name: str) -> int | None:
    """The number of a row that the address says after `?name=`, None where it says none."""
    return number_of(text_in(request, name))


def row_at(rows: QuerySet[Row], number: int) -> Row:
    """The row of the number in an address. Refused (404) when it is none of `rows`."""
    row = rows.filter(pk=number).first()
    if row is None:
        raise unknown("address", f"There is no such {rows.model._meta.verbose_name}.", number)
    return row


def number_of(text: str) -> int | None:
    """The number of a row as a form or an address sends it; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def day_in(request: HttpRequest, name: str) -> date | None:
    """The day that the address says after `?name=`, None where it says none."""
    try:
        return date.fromisoformat(text_in(request, name))
    except ValueError:
        return None


def _to_sign_in(request: PageRequest) -> HttpResponse:
    wanted = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()
    address = f"{reverse('sign_in')}?{urlencode({'next': wanted or '/'})}"
    return lead_to(request, address) if request.htmx else redirect(address)
