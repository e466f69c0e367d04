"""How a user likes the console: theme, locale, columns, fields; and the user's own time zone."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from banyan.console.actions.save_chosen import save_chosen
from banyan.console.actions.save_preferences import save_preferences
from banyan.console.choices import FIRST_OWNERS, offer, searched, time_zones
from banyan.console.edited import editing
from banyan.console.forms import ActionForm
from banyan.console.localized import locales
from banyan.console.models import Theme
from banyan.console.page import PageRequest, done, lead_to, page, show
from banyan.console.queries import preferences_of
from banyan.kernel.refusals import Refusal
from banyan.organizations.actions.change_user import change_user

LONGEST_NAME, MOST_CHOSEN = 60, 100


class PreferencesForm(ActionForm):
    theme = forms.ChoiceField(choices=Theme.choices, widget=forms.RadioSelect)
    locale = forms.ChoiceField(
        label="Money and dates", required=False, widget=forms.Select(attrs={"data-searchable": ""})
    )
    time_zone = forms.ChoiceField(
        choices=lambda: [FIRST_OWNERS, *time_zones()],
        required=False,
        widget=searched(),
        help_text="Dates with times are shown in it.",
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        offer(self, "locale", [("", "As my browser asks"), *locales()])


@page()
def preferences(request: PageRequest) -> HttpResponse:
    """Theme, locale and time zone of the visitor."""
    edits = editing(request, "preferences", request.user.pk)
    held = preferences_of(request.user) if request.method == "POST" else request.preferences
    initial = {"theme": held.theme, "locale": held.locale or "", "time_zone": request.user.time_zone or ""}
    form = PreferencesForm(request.POST or None, initial=initial, edits=edits)
    if form.is_valid():
        values = form.values()
        try:
            save_preferences(request.user.pk, values["theme"], values["locale"])
            if values["time_zone"] != request.user.time_zone:
                change_user(request.user.pk, {"time_zone": values["time_zone"]})
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, "Your preferences are saved.", "preferences")
    return show(request, "preferences.html", {"form": form}, status=422 if form.errors else 200)


@page()
@require_POST
def theme(request: PageRequest) -> HttpResponse:
    """Another theme, from the menu of the user."""
    save_preferences(request.user.pk, request.POST.get("theme", ""), request.preferences.locale)
    return lead_to(request, _back(request))


@page()
@require_POST
def choose(request: PageRequest, name: str) -> HttpResponse:
    """Keep the columns or fields that were ticked, for the list or form of that name."""
    chosen = [each[:LONGEST_NAME] for each in request.POST.getlist("chosen")[:MOST_CHOSEN] if "\x00" not in each]
    save_chosen(request.user.pk, name[:LONGEST_NAME], chosen)
    return lead_to(request, _back(request))


def _back(request: PageRequest) -> str:
    """Where the visitor was: one of our pages."""
    wanted = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours and wanted.startswith("/") else reverse("overview")
