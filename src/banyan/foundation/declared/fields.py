"""How a resource declares its fields: `CUSTOMER = declared("customer", Customer, number=About("CUS-2", …), …)`.

The model says what a field is called and for (`verbose_name`, `help_text`), its type, length and choices, whether it
can be empty and what it is by default. `About` says, in one line, what Django has no word for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db import models

from banyan.foundation.declared.checks import Check, is_blank
from banyan.foundation.declared.kinds import (
    Address,
    Choice,
    Contact,
    Flag,
    Json,
    JsonObject,
    Kind,
    Number,
    Reference,
    Text,
    kind_of_column,
)
from banyan.kernel.refusals import Kind as KindOfRefusal
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown

Values = Mapping[str, Any]
"""What is given for a row, by the names of its fields: dates, decimals, row numbers, objects. What is not given is left
out."""

CONTACT_PARTS = ("name", "email", "phone")


class Shown(StrEnum):
    """Whether a form shows a field."""

    ALWAYS = "always"
    AT_FIRST = "at_first"
    """Until a user configures the form not to show it (CON-4)."""
    ON_DEMAND = "on_demand"
    """Once a user configures the form to show it (CON-4)."""


@dataclass(frozen=True, slots=True)
class About:
    """What Django has no word for.

    `rule` is about the field; `kind` what it is, where that does not follow from the model. A new row has to have what
    is `required`; what is `fixed` never changes then. Lists can be `filtered` by it. `section` and `shown` place it on
    pages. `example` stands in the documentation. `otherwise`: what a new row has where nothing is given, in words, if
    that is no default of the model. `columns`: how those of a contact's parts begin; `label` and `help` are then here.
    """

    rule: str
    kind: Kind | None = None
    required: bool = False
    fixed: bool = False
    filtered: bool = False
    section: str = ""
    shown: Shown = Shown.ALWAYS
    example: object = None
    otherwise: str = ""
    label: str = ""
    help: str = ""
    columns: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a resource, with all that is known of it; `name` is what API, forms and files call it."""

    name: str
    kind: Kind
    about: About
    label: str
    help: str
    can_be_empty: bool
    empty: object
    """What a row holds in it when it is emptied."""
    default: object = None
    """What the model says a new row has where nothing is given; None where that follows from something else."""

    @property
    def rule(self) -> str:
        """The rule that is about it."""
        return self.about.rule

    @property
    def default_in_words(self) -> str:
        """What a new row has where nothing is given; empty where that is nothing."""
        has_word = isinstance(self.kind, Choice | Flag) and self.default is not None and not self.about.required
        return self.about.otherwise or (str(self.default).lower() if has_word else "")

    def columns(self, value: Any) -> dict[str, Any]:
        """The attributes of the model that hold a value of it. Of a contact only the parts that are given."""
        if isinstance(self.kind, Contact):
            parts = dict.fromkeys(CONTACT_PARTS) if value is None else value
            return {f"{self.about.columns}_{part}": blank_as(None, parts[part]) for part in parts}
        if isinstance(self.kind, Reference):
            return {f"{self.name}_id": value}
        if isinstance(self.kind, Address):
            return {self.name: without_blanks(value) or self.empty}
        if isinstance(self.kind, Text | Number):
            return {self.name: blank_as(self.empty, value)}
        return {self.name: self.empty if value is None else value}

    def held(self, row: models.Model) -> Any:
        """Its value in a row, in the form in which actions take it: references as row numbers."""
        if isinstance(self.kind, Contact):
            return {part: getattr(row, f"{self.about.columns}_{part}") for part in CONTACT_PARTS}
        return getattr(row, f"{self.name}_id" if isinstance(self.kind, Reference) else self.name)


@dataclass(frozen=True)
class Declaration:
    """The fields of a resource by name, in the order in which forms and files have them. `kind` is that of its ids."""

    kind: str
    model: type[models.Model]
    fields: Mapping[str, Field]

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """The check of each field's value by itself."""
        return {name: field.kind.check(field.rule) for name, field in self.fields.items()}

    @cached_property
    def rules(self) -> Mapping[str, str]:
        """The rule that is about each field."""
        return {name: field.rule for name, field in self.fields.items()}

    @cached_property
    def references(self) -> Mapping[str, Field]:
        """The fields that refer to other rows."""
        return {name: field for name, field in self.fields.items() if isinstance(field.kind, Reference)}

    def check(self, values: Mapping[str, object], problems: Problems, path: str = "") -> None:
        """Note what is wrong with values by themselves; None is no value, and what is no field is refused."""
        for name, value in values.items():
            if name not in self.fields:
                message = f"There is no field {shown(name)}; there are {', '.join(self.fields)}."
                problems.add(f"{path}{name}", "unknown_field", message, "API-5", value)
            elif value is not None:
                self.checks[name](f"{path}{name}", value, problems)

    def check_required(self, values: Values, problems: Problems, path: str = "") -> None:
        """Note what a new row has to have and nothing is given for; but for what something is wrong with already."""
        for name, field in self.fields.items():
            if field.about.required and is_blank(values.get(name)) and not problems.about(f"{path}{name}"):
                problems.add(f"{path}{name}", "required", f"{field.label} is required.", field.rule)

    def check_changes(self, row: models.Model, changes: Values, problems: Problems) -> None:
        """Note what is wrong with changes by themselves, what is fixed, and what can't be emptied."""
        self.check(changes, problems)
        for name, value in changes.items():
            field = self.fields.get(name)
            if field is None or problems.about(name):
                continue
            if field.about.fixed and value != field.held(row):
                message = f"{field.label} never changes."
                problems.add(name, "fixed", message, field.rule, value, KindOfRefusal.CONFLICT)
            elif is_blank(value) and not field.can_be_empty:
                problems.add(name, "required", f"{field.label} can't be emptied; give a value.", field.rule)

    def merged(self, row: models.Model, changes: Values) -> dict[str, Any]:
        """Changes in which objects are whole again (API-10, RFC 7396): each part that is named replaces that of the
        row, null takes it away."""
        merging = {name for name, field in self.fields.items() if isinstance(field.kind, Address | JsonObject | Json)}
        return {
            name: merge(self.fields[name].held(row), value) if name in merging else value
            for name, value in changes.items()
        }

    def columns(self, values: Values) -> dict[str, Any]:
        """The attributes of the model that hold these values."""
        return {
            column: held for name, value in values.items() for column, held in self.fields[name].columns(value).items()
        }

    def held(self, row: models.Model) -> dict[str, Any]:
        """The value of every field in a row."""
        return {name: field.held(row) for name, field in self.fields.items()}

    def defaults(self) -> dict[str, Any]:
        """What the model says a new row has where nothing is given, by field."""
        return {name: column.to_python(column.get_default()) for name, column in self._with_default.items()}

    @cached_property
    def _with_default(self) -> Mapping[str, Any]:
        columns = {column.name: column for column in self.model._meta.concrete_fields if column.has_default()}
        return {name: columns[name] for name in self.fields if name in columns}


def declared(kind: str, model: type[models.Model], /, **abouts: About) -> Declaration:
    """The declaration of a resource whose rows are of `model`; each field is called as the model calls it."""
    return Declaration(kind, model, {name: _field(model, name, about) for name, about in abouts.items()})


def _field(model: type[models.Model], name: str, about: About) -> Field:
    if about.columns:  # several columns: each may be empty
        assert about.kind is not None
        return Field(name, about.kind, about, about.label, about.help, True, {})
    column: Any = model._meta.get_field(name)
    empty = None if column.null else column.get_default()
    can_be_empty = column.null or column.blank
    label, help_text = about.label or str(column.verbose_name), about.help or str(column.help_text)
    default = column.get_default() if column.has_default() else None
    return Field(name, about.kind or kind_of_column(column), about, label, help_text, can_be_empty, empty, default)


def blank_as(empty: Any, value: Any) -> Any:
    """The value, or `empty` for nothing."""
    return empty if is_blank(value) else value


def merge(held: Any, change: Any) -> Any:
    """What comes of a value and a change to it, as RFC 7396 has it."""
    if not isinstance(change, Mapping):
        return change
    kept = dict(held) if isinstance(held, Mapping) else {}
    for key, value in change.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = merge(kept.get(key), value)
    return kept


def without_blanks(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The parts of an address that are given; None when there are none: then another address holds (ACC-13, CUS-5)."""
    return {key: part for key, part in (value or {}).items() if not is_blank(part)} or None
