"""What selects offer: currencies, countries, time zones, rows of the tenant's lists."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from babel.numbers import get_currency_name
from django import forms
from django.db.models import Model
from django.utils.translation import get_language, override
from django_countries import countries as all_countries

from banyan.console.localized import DEFAULT, ENGLISH
from banyan.kernel.money import CURRENCIES
from banyan.kernel.time_zones import time_zone_names

Choices = Sequence[tuple[str, str]]
NONE = ("", "–")
FIRST_OWNERS = ("", "The first owner's")


@cache
def currencies() -> Choices:
    """Every currency by its code."""
    return [(code, f"{code} · {get_currency_name(code, locale='en')}") for code in sorted(CURRENCIES)]


def countries() -> Choices:
    """Every country by its code, as the language of the page calls it."""
    return _countries_in(get_language() or DEFAULT)


@cache
def _countries_in(language: str) -> Choices:
    with override(language):
        return [(code, str(name)) for code, name in all_countries]


@cache
def time_zones() -> Choices:
    """Every time zone."""
    return [(name, name.replace("_", " ")) for name in sorted(time_zone_names())]


@cache
def languages() -> Choices:
    """Languages by their codes."""
    return sorted(((code, name) for code, name in ENGLISH.languages.items() if len(code) == 2), key=lambda two: two[1])


def rows_of(rows: Iterable[Model]) -> Choices:
    """Rows by their numbers."""
    return [(str(row.pk), str(row)) for row in rows]


def select() -> forms.Select:
    """A select of a form that is no ActionForm, such as the filters of a list."""
    return forms.Select(attrs={"class": "form-select"})


def day_input() -> forms.DateInput:
    """A day of a form that is no ActionForm, by the browser's own picker."""
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


def searched() -> forms.Select:
    """A select that is typed into."""
    return forms.Select(attrs={"data-searchable": ""})


def as_words(values: Iterable[str]) -> Choices:
    """Codes such as `in_advance` as words."""
    return [(str(value), str(value).replace("_", " ").capitalize()) for value in values]


def offer(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Let the form's select of that name offer these."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices
