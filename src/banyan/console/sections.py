"""Forms in sections, of whose optional fields a user chooses which ones show (CON-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django import forms
from django.db.models import Model
from django.forms import BoundField

from banyan.console.choices import Choices
from banyan.console.edited import NAME
from banyan.console.fields import address_fields
from banyan.console.forms import ActionForm
from banyan.console.models import Preferences
from banyan.console.row_fields import RowField
from banyan.foundation.declared.checks import ADDRESS_LENGTHS

PARTS_OF_AN_ADDRESS = tuple(ADDRESS_LENGTHS)


@dataclass(frozen=True, slots=True)
class Input:
    """A field of such a form: what it is, in which section, and whether it shows. `choosable` ones are configured by
    the user, under the name `group` (an address is one); `at_first` says whether they show before.
    """

    field: forms.Field
    section: str
    choosable: bool = False
    at_first: bool = True
    group: str = ""
    shown_when: str = ""


class Look(TypedDict, total=False):
    """Whether an input shows."""

    choosable: bool
    at_first: bool


class When(TypedDict):
    """Beside which value of another field an input shows: `kind=person`."""

    shown_when: str


class SectionedForm(ActionForm):
    """A form made of inputs; what the user doesn't show isn't there, and so isn't changed.

    One that edits something shows, once it is sent, what it showed when it was opened. `kept` are values that it goes
    on remembering instead of those that it is filled with.
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        kept_as: str,
        preferences: Preferences,
        kept: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> None:
        self.kept_as, self.inputs, self.kept = kept_as, inputs, kept or {}
        data, edits = named.get("data"), named.get("edits")
        opened = edits.opened(data.get(NAME, "")) if edits and data else None
        chosen = preferences.chosen.get(kept_as)
        self.chosen = {
            name: each
            for name, each in inputs.items()
            if not each.choosable or (name in opened if opened is not None else self._shows(name, each, chosen))
        }
        self.base_fields = {name: each.field for name, each in self.chosen.items()}
        super().__init__(**named)

    @staticmethod
    def _shows(name: str, each: Input, chosen: Sequence[str] | None) -> bool:
        return each.at_first if chosen is None else (each.group or name) in chosen

    def to_remember(self) -> dict[str, Any]:
        """With what the fields are filled that can be changed; what is kept, of fields that don't show as well."""
        return super().to_remember() | {name: value for name, value in self.kept.items() if name in self.fields}

    def clean(self) -> dict[str, Any]:
        """Rows by their numbers, as the actions take them."""
        return {name: value.pk if isinstance(value, Model) else value for name, value in self.cleaned_data.items()}

    def typed(self) -> dict[str, Any]:
        """What stands in the form as it was sent, right or wrong, to fill another one with."""
        found = {}
        for name, field in self.fields.items():
            if not (field.disabled or field.widget.value_omitted_from_data(self.data, self.files, name)):
                value = field.widget.value_from_datadict(self.data, self.files, name)
                found[name] = field.row_or_none(value) if isinstance(field, RowField) else value
        return found

    @property
    def sections(self) -> list[tuple[str, list[tuple[BoundField, str]]]]:
        """The headings with their fields, each with the condition that it is shown under."""
        found: dict[str, list[tuple[BoundField, str]]] = {}
        for name, each in self.chosen.items():
            found.setdefault(each.section, []).append((self[name], each.shown_when))
        return list(found.items())

    @property
    def to_choose(self) -> list[tuple[str, str, bool]]:
        """What may be configured: name, label, whether it shows."""
        labels: dict[str, tuple[str, bool]] = {}
        for name, each in self.inputs.items():
            if each.choosable:
                label = each.section if each.group else str(each.field.label)
                labels[each.group or name] = (label, name in self.chosen)
        return [(name, label, is_shown) for name, (label, is_shown) in labels.items()]


def address_inputs(
    name: str, heading: str, countries: Choices, same: str = "", **look: Unpack[Look]
) -> dict[str, Input]:
    """The inputs of an address, all of them optional; with `same`, a box of that text stands for another address."""
    found: dict[str, Input] = {}
    when: When = {"shown_when": f"{name}.same=false" if same else ""}
    if same:
        found[f"{name}.same"] = Input(forms.BooleanField(label=same, required=False), heading, group=name, **look)
    return found | {
        field: Input(part, heading, group=name, **look, **when)
        for field, part in address_fields(name, countries).items()
    }


def address_or_none(address: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An address with what was filled in, None where nothing was, or another one is to hold. What is blank is None, so
    that it takes the place of what was there."""
    given = dict(address or {})
    if given.pop("same", False):
        return None
    return {part: value or None for part, value in given.items()} if any(given.values()) else None
