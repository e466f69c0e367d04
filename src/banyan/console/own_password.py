"""The visitor's own password (ORG-6)."""

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.console.session import known_browser, may_forget_password, remembering, start_session
from banyan.kernel.refusals import Refusal
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.confirm_password import confirm_password
from banyan.organizations.attempts import TooManyAttemptsError
from banyan.organizations.passwords import LONGEST, SHORTEST


class NewPasswordForm(ActionForm):
    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"At least {SHORTEST} characters, and nothing that others guess. It signs you out everywhere else.",
    )


class ChangedPasswordForm(NewPasswordForm):
    current_password = forms.CharField(
        label="Current password",
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current_password", "password")


@page(at_once=False)
def own_password(request: PageRequest) -> HttpResponse:
    """Another password; the one of before is asked for, unless there is none or a link just let the visitor in."""
    asks = bool(request.user.password) and not may_forget_password(request)
    form = (ChangedPasswordForm if asks else NewPasswordForm)(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            return _changed(request, form)
        except Refusal as refusal:
            form.refuse(refusal)
            status = 429 if isinstance(refusal, TooManyAttemptsError) else 422
    context = {"name": "Your password", "form": form, "text": "Change the password", "back": reverse("preferences")}
    return show(request, "form.html", context, status=status if not form.errors or status > 200 else 422)


def _changed(request: PageRequest, form: NewPasswordForm) -> HttpResponse:
    """Confirmed outside of the transaction, so that a wrong one is counted."""
    if "current_password" in form.fields:
        confirm_password(request.user, form.cleaned_data["current_password"])
    with transaction.atomic():
        user = change_user(request.user.pk, {"password": form.cleaned_data["password"]})
        start_session(request, user)
    return remembering(done(request, "Your password is changed.", "preferences"), known_browser(request), user)
