"""Signing in and out."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from banyan.console.errors import message_page
from banyan.console.forms import ActionForm
from banyan.console.page import as_the_browser_asks, counted, show
from banyan.console.session import (
    address_of,
    end_session,
    known_browser,
    remembering,
    signed_in_user,
    start_session,
)
from banyan.foundation.tenants.request import RequestOfTenant, host_of
from banyan.kernel.refusals import Refusal
from banyan.organizations.actions.sign_in import sign_in as check_sign_in
from banyan.organizations.actions.sign_out import sign_out as keep_sign_out
from banyan.organizations.actions.use_sign_in_link import use_sign_in_link
from banyan.organizations.attempts import TooManyAttemptsError
from banyan.organizations.passwords import LONGEST
from banyan.organizations.queries import users

WHO_CAN_NOT_WAIT = (
    "A browser in which you signed in before lets you in at once;"
    " so does a link, which an administrator can make for you."
)


class SignInForm(ActionForm):
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@counted
@as_the_browser_asks
@require_http_methods(["GET", "POST"])
def sign_in(request: RequestOfTenant) -> HttpResponse:
    """The way in; it leads on to the page that was asked for."""
    if request.tenant is None:
        return message_page(request, "no_tenant.html", 404, host=host_of(request))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        given, browser = form.cleaned_data, known_browser(request)
        try:
            user = check_sign_in(given["email"], given["password"], address_of(request), browser)
        except TooManyAttemptsError as wait:
            return _waiting(request, form, wait)
        except Refusal as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem.message)
        else:
            start_session(request, user)
            return remembering(redirect(_next(request)), browser, user)
    elif request.method == "GET" and signed_in_user(request):
        return redirect(_next(request))
    context = {"form": form, "next": _next(request), "nobody": not users().exists()}
    return show(request, "sign_in.html", context, status=422 if form.errors else 200)


@counted
@as_the_browser_asks
@require_http_methods(["GET"])
def sign_in_by_link(request: RequestOfTenant, secret: str) -> HttpResponse:
    """In without a password, once: what `banyan user sign-in-link` and `banyan demo` print."""
    if request.tenant is None:
        return message_page(request, "no_tenant.html", 404, host=host_of(request))
    try:
        user = use_sign_in_link(secret, address_of(request))
    except Refusal:
        return message_page(request, "used_link.html", 404)
    start_session(request, user, by_link=True)
    return remembering(redirect("overview"), known_browser(request), user)


@counted
@as_the_browser_asks
@require_POST
def sign_out(request: RequestOfTenant) -> HttpResponse:
    """Out, on this browser."""
    if request.tenant is not None:
        if user := signed_in_user(request):
            keep_sign_out(user, address_of(request))
        end_session(request)
    return redirect("sign_in")


def _next(request: HttpRequest) -> str:
    """The page to lead on to: one of ours, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours and wanted.startswith("/") else "/"


def _waiting(request: RequestOfTenant, form: SignInForm, wait: TooManyAttemptsError) -> HttpResponse:
    """429, when to come back, and what to do who can't wait."""
    form.add_error(None, f"{wait.problems[0].message} {WHO_CAN_NOT_WAIT}")
    answer = show(request, "sign_in.html", {"form": form, "next": _next(request)}, status=429)
    answer["Retry-After"] = str(wait.seconds)
    return answer
