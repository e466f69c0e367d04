"""The inputs of declared resources (foundation.declared): what a kind of field looks like in a form, said once."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import django_tables2
from django import forms
from django.db.models import Model

from banyan.accounts.queries import account_categories, account_types, bill_cycles, owners, payment_terms
from banyan.console import localized
from banyan.console.choices import NONE, Choices, countries, currencies, languages, rows_of, searched, time_zones
from banyan.console.fields import AmountField, DayField
from banyan.console.forms import JsonField
from banyan.console.resources import columns
from banyan.console.sections import Input, Look, address_inputs
from banyan.console.widgets import EmailsField, PhonesField
from banyan.foundation.declared import kinds
from banyan.foundation.declared.fields import CONTACT_PARTS, Declaration, Field, Shown
from banyan.organizations.queries import organizations

_LOOKS: Mapping[Shown, Look] = {
    Shown.ALWAYS: {},
    Shown.AT_FIRST: {"choosable": True},
    Shown.ON_DEMAND: {"choosable": True, "at_first": False},
}
_ROWS: Mapping[str, Callable[[], Iterable[Model]]] = {
    "bill_cycle": lambda: bill_cycles().order_by("name"),
    "organization": lambda: organizations().order_by("name"),
    "account_type": account_types,
    "account_category": lambda: account_categories().order_by("name"),
    "owner": lambda: owners().order_by("legal_name"),
    "payment_term": lambda: payment_terms().order_by("days"),
}
"""What a select offers of each kind of rows, of which there are few; others are searched for."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What forms are filled for: a new row or one that is there, and the currency that its amounts are in, if known."""

    new: bool
    currency: str | None = None


class FewRowsField(forms.TypedChoiceField):
    """A choice among `rows`, by number; `blank` is what stands for none of them."""

    def __init__(self, rows: Sequence[Model], blank: Choices, **named: Any) -> None:
        super().__init__(choices=[*blank, *rows_of(rows)], coerce=int, empty_value=None, **named)
        self.rows = rows


def inputs_of(declaration: Declaration, filling: Filling, without: Collection[str] = ()) -> dict[str, Input]:
    """The inputs of a resource's fields, in the order of its declaration, custom fields aside."""
    found: dict[str, Input] = {}
    for name, field in declaration.fields.items():
        if name not in without and not isinstance(field.kind, kinds.CustomFields):
            found |= _inputs(field, filling)
    return found


def look_of(field: Field) -> Look:
    """Whether the inputs of a field show."""
    return _LOOKS[field.about.shown]


def _inputs(field: Field, filling: Filling) -> dict[str, Input]:
    section, look = field.about.section, look_of(field)
    if isinstance(field.kind, kinds.Address):
        return address_inputs(field.name, section, countries(), **look)
    if isinstance(field.kind, kinds.Contact):
        return {
            f"{field.name}.{part}": Input(_part_of_a_contact(part, field), section, group=field.name, **look)
            for part in CONTACT_PARTS
        }
    made = input_of(field.kind, field, filling)
    made.label, made.help_text = field.label, made.help_text or _help_of(field, made.required or not filling.new)
    made.disabled = field.about.fixed and not filling.new
    return {field.name: Input(made, section, **look)}


def _help_of(field: Field, needs_value: bool) -> str:
    """What stands below an input; what is taken where nothing is filled in, only where that is possible."""
    otherwise = field.about.otherwise
    blank = f"{otherwise[0].upper()}{otherwise[1:]} when left blank." if otherwise and not needs_value else ""
    return " ".join(filter(None, (field.help, blank)))


def _part_of_a_contact(part: str, field: Field) -> forms.Field:
    widget = email_input() if part == "email" else forms.TextInput()
    label = {"name": "Name", "email": "E-mail", "phone": "Phone"}[part]
    help_text = field.help if part == "email" else ""
    return forms.CharField(label=label, max_length=254, required=False, widget=widget, help_text=help_text)


@singledispatch
def input_of(kind: kinds.Kind, field: Field, filling: Filling) -> forms.Field:
    """The form's field for a field of this kind; its label and what is beside it are filled in by the caller."""
    raise TypeError(f"forms do not know {kind}")


@input_of.register
def _(kind: kinds.Text, field: Field, filling: Filling) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 2}) if kind.lines else forms.TextInput()
    return forms.CharField(max_length=kind.longest, required=field.about.required, widget=widget)


@input_of.register
def _(kind: kinds.Number, field: Field, filling: Filling) -> forms.Field:
    return forms.CharField(max_length=kind.longest, required=False)


@input_of.register
def _(kind: kinds.Choice, field: Field, filling: Filling) -> forms.Field:
    return _select(field, list(kind.words.items()))


@input_of.register
def _(kind: kinds.Flag, field: Field, filling: Filling) -> forms.Field:
    return forms.BooleanField(required=False)


@input_of.register
def _(kind: kinds.Day, field: Field, filling: Filling) -> forms.Field:
    return DayField(required=not field.can_be_empty)


@input_of.register
def _(kind: kinds.WholeNumber, field: Field, filling: Filling) -> forms.Field:
    return forms.IntegerField(min_value=kind.lowest, max_value=kind.highest, required=field.about.required)


@input_of.register
def _(kind: kinds.Amount, field: Field, filling: Filling) -> forms.Field:
    named: dict[str, Any] = {"min_value": 0, "max_digits": 20, "widget": forms.NumberInput}
    return AmountField(currency=filling.currency, required=field.about.required, **named)


@input_of.register
def _(kind: kinds.Currency, field: Field, filling: Filling) -> forms.Field:
    return _select(field, [NONE, *currencies()], is_long=True)


@input_of.register
def _(kind: kinds.Language, field: Field, filling: Filling) -> forms.Field:
    return _select(field, languages(), is_long=True)


@input_of.register
def _(kind: kinds.TimeZone, field: Field, filling: Filling) -> forms.Field:
    return _select(field, time_zones(), is_long=True)


@input_of.register
def _(kind: kinds.Email, field: Field, filling: Filling) -> forms.Field:
    return forms.CharField(max_length=254, required=field.about.required, widget=email_input())


@input_of.register
def _(kind: kinds.Emails, field: Field, filling: Filling) -> forms.Field:
    return EmailsField(required=False, help_text="One a line.")


@input_of.register
def _(kind: kinds.Phones, field: Field, filling: Filling) -> forms.Field:
    return PhonesField(required=False)


@input_of.register
def _(kind: kinds.Json, field: Field, filling: Filling) -> forms.Field:
    return JsonField(required=False)


@input_of.register
def _(kind: kinds.JsonObject, field: Field, filling: Filling) -> forms.Field:
    return JsonField(required=False, must_be_object=True)


@input_of.register
def _(kind: kinds.Reference, field: Field, filling: Filling) -> forms.Field:
    blank = [("", "Unassigned")] if field.can_be_empty else []
    return FewRowsField(list(_ROWS[kind.to]()), blank, required=not field.can_be_empty)


def _select(field: Field, choices: Choices, is_long: bool = False) -> forms.Field:
    """A choice of words; of many of them a user types some letters."""
    widget = searched() if is_long else forms.Select()
    return forms.ChoiceField(choices=list(choices), required=not field.can_be_empty, widget=widget)


def email_input() -> forms.EmailInput:
    """An input for an e-mail address of somebody else than the visitor."""
    return forms.EmailInput(attrs={"autocomplete": "off"})


def facts_of(declaration: Declaration, row: Model, without: Collection[str] = ()) -> list[tuple[str, Any]]:
    """What a row holds in its fields, each with what the field is called; blank ones are left out."""
    held = {name: field.held(row) for name, field in declaration.fields.items() if name not in without}
    return [
        (declaration.fields[name].label, fact_of(declaration.fields[name].kind, value))
        for name, value in held.items()
        if value not in (None, "", [], {})
    ]


@singledispatch
def fact_of(kind: kinds.Kind, value: Any) -> Any:
    """A value as a page shows it; as it is, where nothing else is said."""
    return value


@fact_of.register
def _(kind: kinds.Choice, value: Any) -> Any:
    return kind.words.get(value, value)


@fact_of.register
def _(kind: kinds.Flag, value: Any) -> Any:
    return "Yes" if value else "No"


@fact_of.register
def _(kind: kinds.Day, value: Any) -> Any:
    return localized.day(value)


def list_columns(declaration: Declaration, without: Collection[str] = ()) -> dict[str, django_tables2.Column]:
    """Columns of a list for the fields that stand in one cell and need nothing else looked up."""
    return {
        name: columns.Text(field.label) if not isinstance(field.kind, kinds.Day) else columns.Day(field.label)
        for name, field in declaration.fields.items()
        if name not in without and isinstance(field.kind, kinds.Text | kinds.Number | kinds.Email | kinds.Day)
    }
