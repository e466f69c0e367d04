"""The settings of the tenant (SET-1), as the registry declares them."""

from dataclasses import Field
from typing import Any

from django import forms
from django.http import HttpResponse

from banyan.console.access import check_address, may
from banyan.console.choices import as_words
from banyan.console.edited import SETTINGS, editing
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.console.payer_options import WAYS
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import DEFINITIONS, to_stored

NONE_CHOSEN = {"default_payer_and_consolidation": "Nobody: its account, or who is responsible for it"}


class SettingsForm(ActionForm):
    """A field for each setting of the registry; who may not change them sees them greyed."""

    def __init__(self, *arguments: Any, may_change: bool, **named: Any) -> None:
        self.base_fields = {key: _field(definition) for key, definition in DEFINITIONS.items()}
        super().__init__(*arguments, **named)
        for field in self.fields.values():
            field.disabled = not may_change


def _field(definition: Field[Any]) -> forms.Field:
    about = definition.metadata
    needs = about.get("needs")
    help_text = about["help"] + (f" Needs {DEFINITIONS[needs].metadata['label']}." if needs else "")
    named: dict[str, Any] = {"label": about["label"], "help_text": help_text, "required": False}
    if about["kind"] == "boolean":
        return forms.BooleanField(**named)
    if about["kind"] == "number":
        named["required"] = True
        return forms.IntegerField(min_value=about["least"], max_value=about["most"], **named)
    choices = as_words(about["choices"])
    if about["kind"] == "choice":
        words = [(value, WAYS.get(value, text)) for value, text in choices]
        return forms.ChoiceField(choices=[("", NONE_CHOSEN.get(definition.name, "None")), *words], **named)
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple(), **named)


@page()
def settings(request: PageRequest) -> HttpResponse:
    """Every setting with what it does; changed all at once."""
    may_change = may("PATCH settings")
    edits = editing(request, SETTINGS)
    held = to_stored(read_settings())
    form = SettingsForm(request.POST or None, may_change=may_change, initial=held, edits=edits)
    if request.method == "POST":
        check_address("PATCH settings", {})
        if form.does(lambda: change_settings(form.changed_values()), takes_blanks=True):
            return done(request, "The settings are saved.", "settings")
    context = {"form": form, "may_change": may_change}
    return show(request, "settings.html", context, status=422 if form.errors else 200)
