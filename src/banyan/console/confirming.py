"""Changes that are asked for, shown with what they lead to, and confirmed, on one page."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse

from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, show
from banyan.kernel.refusals import Refusal


def confirmed(
    request: PageRequest,
    form: ActionForm,
    context: Mapping[str, Any],
    look: Callable[[], Mapping[str, Any]],
    act: Callable[[], object],
    message: str,
) -> HttpResponse:
    """The form; once it is filled in, what `look` says would follow; once that is confirmed, the change itself.

    Only what was looked at is confirmed: whoever changes the form meanwhile is shown what follows from that.
    """
    danger = context.get("danger", False)
    context = {"name": "", "text": "Preview", **context, "form": form, "danger": False}  # looking is none
    if not form.is_valid():
        return show(request, "change.html", context, status=422 if form.errors else 200)
    confirms = fingerprint(form)
    try:
        if request.POST.get("confirmed") == confirms:
            act()
            return done(request, message, context["back"])
        context |= {**look(), "previewed": True, "confirms": confirms, "text": context.get("confirm", "Confirm")}
        context["danger"] = danger
    except Refusal as refusal:
        form.refuse(refusal)
        return show(request, "change.html", context, status=422)
    return show(request, "change.html", context)


def filled_in(
    request: PageRequest, form: ActionForm, context: Mapping[str, Any], act: Callable[[], tuple[str, str]]
) -> HttpResponse:
    """The form with its `name`, the `text` of its button and the way `back`; once it is filled in and `act` did it,
    the page whose address `act` gives, with what it says was done.
    """
    if form.is_valid():
        try:
            with transaction.atomic():
                said, address = act()
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, said, address)
    return show(request, "form.html", {**context, "form": form}, status=422 if form.errors else 200)


def fingerprint(form: ActionForm) -> str:
    """Short, and another one for other values."""
    values = {
        name: value.pk if isinstance(value, Model) else str(value) for name, value in sorted(form.cleaned_data.items())
    }
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def asked(
    request: PageRequest,
    context: Mapping[str, Any],
    act: Callable[[], object],
    message: str,
    to: str,
    template: str = "confirm.html",
) -> HttpResponse:
    """The question; once it is confirmed, the page that it leads to; what is refused is told above the question."""
    if request.method != "POST":
        return show(request, template, dict(context))
    try:
        with transaction.atomic():
            act()
    except Refusal as refusal:
        return show(request, template, {**context, "problems": refusal.problems}, status=409)
    return done(request, message, to)
