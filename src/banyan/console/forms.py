"""Forms whose fields are called like those of the API, so that a refusal finds its field."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.functional import cached_property

from banyan.accounts.postal import parts_called
from banyan.console import edited, localized
from banyan.console.edited import Edited, describe_value, read_by
from banyan.foundation.numbering import taken_back
from banyan.kernel.refusals import Refusal
from banyan.kernel.strict_json import RepeatedKeyError, each_key_once

CLASSES = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.Textarea, "form-control"),
    (forms.widgets.Input, "form-control"),
)

NAMED_BY_COUNTRY = frozenset(("city", "state", "postal_code"))
MERGED = frozenset(("custom_fields", "primary_contact"))
"""What actions take part by part; addresses they take as a whole."""


class Renderer(TemplatesSetting):
    """How forms are drawn: `{{ field.as_field_group }}` is a component of ours."""

    field_template_name = "console/components/field.html"


class ShownField(BoundField):
    """A field as it is shown: what the user didn't touch stands there as it is held now, whatever was sent."""

    form: "ActionForm"

    def __init__(self, form: "ActionForm", field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        group, _, part = name.rpartition(".")
        country = f"{group}.country"
        if part in NAMED_BY_COUNTRY and country in form.fields:
            self.label = parts_called(form[country].value() or "")[part]

    def value(self) -> Any:
        """What stands in the input."""
        return self.field.prepare_value(self.initial) if self.form.is_untouched(self.name) else super().value()


class ActionForm(forms.Form):
    """A form whose values go to an action, and to which the action's refusal goes back.

    Fields are named as in the API, with a dot where it nests: `account.currency`, `billing_address.city`.

    One that `edits` something remembers with what it was filled when it was opened, its `initial` (API-7). Of that only
    what its user changed is checked and written; where somebody else has changed it meanwhile, or a field of
    `decisive`, both values are told beside the field, and nothing is done until the form is sent once more.
    """

    required_css_class = "is-required"
    bound_field_class = ShownField
    base_fields: dict[str, forms.Field]  # type: ignore[misc]  # a form may begin with fields of its own
    decisive: Collection[str] = ()
    """Fields that say what will be whether they were touched or not: another status, who is to pay."""

    def __init__(self, *arguments: Any, edits: Edited | None = None, **named: Any) -> None:
        named.setdefault("label_suffix", "")
        super().__init__(*arguments, **named)
        self.edits = edits
        self.opened = edits.opened(self.data.get(edited.NAME, "")) if edits and self.is_bound else None
        for name, field in self.fields.items():
            look = next((look for kind, look in CLASSES if isinstance(field.widget, kind)), "")
            field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {look}".strip()
            if self.opened is not None and name in self.initial:  # what was open to change is not silently overlooked
                field.disabled = name not in self.opened
                field.required = field.required and not field.disabled

    def held(self, name: str) -> Any:
        """What the field is filled with when the form is opened now."""
        return self.get_initial_for_field(self.fields[name], name)

    def shown(self, name: str) -> Any:
        """What the field was filled with when the form was opened."""
        return self.opened[name] if self.opened is not None and name in self.opened else self.held(name)

    def is_untouched(self, name: str) -> bool:
        """Whether what was sent of a field is but what it showed of what the form edits."""
        is_filled = self.edits is not None and self.is_bound and name in self.initial
        return is_filled and name not in self.changed_data

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that the user changed: for which something else was sent than they showed."""
        return [
            name
            for name, field in self.fields.items()
            if not field.disabled and read_by(field, self._sent(name)) != read_by(field, self.shown(name))
        ]

    @property
    def as_opened(self) -> Mapping[str, str] | None:
        """The hidden input that remembers with what the form is filled."""
        if self.edits is None:
            return None
        return {"name": edited.NAME, "value": self.edits.sealed(self.to_remember())}

    def to_remember(self) -> dict[str, Any]:
        """With what the fields are filled that can be changed."""
        named = (name for name in self.initial if name in self.fields)
        return {name: self.held(name) for name in named if not self.fields[name].disabled}

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name in filter(self.is_untouched, self.fields):
            self.errors.pop(name, None)
            self.cleaned_data[name] = self.held(name)

    def _clean_form(self) -> None:
        super()._clean_form()  # type: ignore[misc]
        if self.edits is not None and self.opened is None:
            self.add_error(None, "It is not known what this form showed when it was opened: look at it once more.")
        for name in (self.opened or {}).keys() & self.fields.keys():
            self._check_overtaken(name, self.fields[name])

    def _check_overtaken(self, name: str, field: forms.Field) -> None:
        """Refuse a field that the user and somebody else changed, each to another value."""
        sent, is_touched = self._sent(name), name in self.changed_data
        shown, held = read_by(field, self.shown(name)), read_by(field, self.held(name))
        if shown == held or read_by(field, sent) == held or not (is_touched or name in self.decisive):
            return
        who = self.edits and self.edits.changed_by(name)
        entered = f"You entered {describe_value(field, sent)}; since" if is_touched else "Since"
        changed = f"{who} changed it" if who else "it was changed"
        before, after = describe_value(field, self.shown(name)), describe_value(field, self.held(name))
        is_there = not field.widget.value_omitted_from_data(self.data, self.files, name)
        self.add_error(
            name if is_there else None, f"{entered} you opened the form, {changed} from {before} to {after}."
        )

    def _sent(self, name: str) -> Any:
        return self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    def keep_held(self, **texts: str) -> None:
        """Selects go on offering what the row holds, by these texts: nobody takes it away by saving something else."""
        for name, field in self.fields.items():
            held = self.initial.get(name)
            if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.MultipleChoiceField):
                continue
            if held and not field.valid_value(held):
                offered: Any = field.choices
                field.choices = [*offered, (str(held), texts.get(name, str(held)))]

    def values(self) -> dict[str, Any]:
        """What was filled in, nested by the dots of the names; what is blank, or can't be read, is None."""
        nested: dict[str, Any] = {}
        for name, value in {**dict.fromkeys(self.fields), **self.cleaned_data}.items():
            *parts, last = name.split(".")
            inner = nested
            for part in parts:
                inner = inner.setdefault(part, {})
            inner[last] = None if value == "" else value
        return nested

    def changed_values(self) -> dict[str, Any]:
        """What is different from what the form was filled with, by the field of the API: addresses as a whole."""
        changed = {name.partition(".")[0] for name in self.changed_data}
        changed -= {name.partition(".")[0] for name in self.errors}
        found = {name: value for name, value in self.values().items() if name in changed}
        for name in MERGED & found.keys():
            found[name] = {part: value for part, value in found[name].items() if f"{name}.{part}" in self.changed_data}
        return found

    def does(self, action: Callable[[], object], *, takes_blanks: bool = False) -> bool:
        """Whether the action did it with what was filled in. Else all that is wrong is told: what can't be read, and
        what the action has against the rest, which is asked and taken back (ERR-1).

        It is not asked while something required can't be read, unless it `takes_blanks` there and says so itself.
        """
        readable, unreadable = self.is_valid(), set(self.errors)
        lacks = any(field.required for name, field in self.fields.items() if name in unreadable)
        if not self.is_bound or (lacks and not takes_blanks):
            return False
        try:
            with transaction.atomic() if readable else taken_back():
                action()
        except Refusal as refusal:
            self.refuse(refusal, unreadable)
            return False
        except IntegrityError:
            if readable:
                raise  # else nothing in the place of what can't be read may break what only the database forbids
        return readable

    def refuse(self, refusal: Refusal, told: Collection[str] = ()) -> None:
        """Tell what was refused beside the fields, but where it is `told` already; above the form what has none."""
        for problem in refusal.problems:
            words, field = localized.sentence(problem.message), self.field_for(problem.field)
            if field not in told:
                self.add_error(field, f"{words} ({problem.rule})" if problem.rule else words)

    def field_for(self, name: str) -> str | None:
        """The field that a problem is about: `phones.0.number` is told at `phones`."""
        parts = name.split(".")
        names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((each for each in names if each in self.fields), None)


class JsonField(forms.CharField):
    """Free text that may be JSON; `must_be_object` where nothing else will do."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def __init__(self, *, must_be_object: bool = False, **named: Any) -> None:
        super().__init__(**named)
        self.must_be_object = must_be_object

    def prepare_value(self, value: Any) -> Any:
        """As it is typed; nothing where there is nothing."""
        if isinstance(value, str) or value in (None, {}):
            return value or ""
        return json.dumps(value, indent=2, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        """The object or list; the text where that is none and may be."""
        text = super().to_python(value) if isinstance(value, str | None) else json.dumps(value)
        if not text:
            return {} if self.must_be_object else None
        try:
            parsed = json.loads(text, object_pairs_hook=each_key_once)
        except RepeatedKeyError as wrong:
            raise forms.ValidationError(f"In the JSON {wrong}.") from wrong
        except (ValueError, RecursionError) as wrong:
            if self.must_be_object:
                raise forms.ValidationError('Give a JSON object such as {"paper": "A4"}.') from wrong
            return text
        if self.must_be_object and not isinstance(parsed, dict):
            raise forms.ValidationError('Give a JSON object such as {"paper": "A4"}.')
        return parsed if isinstance(parsed, dict | list) else text


def chosen_or_none(values: Mapping[str, Any], *names: str) -> dict[str, int | None]:
    """The numbers of rows chosen in selects."""
    return {name: int(values[name]) if values.get(name) else None for name in names}
