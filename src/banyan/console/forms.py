"""Forms whose fields are called like those of the API, so that a refusal finds its field."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.forms.renderers import TemplatesSetting

from banyan.console import localized
from banyan.kernel.refusals import Refusal

CLASSES = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.Textarea, "form-control"),
    (forms.widgets.Input, "form-control"),
)


class Renderer(TemplatesSetting):
    """How forms are drawn: `{{ field.as_field_group }}` is a component of ours."""

    field_template_name = "console/components/field.html"


class ActionForm(forms.Form):
    """A form whose values go to an action, and to which the action's refusal goes back.

    Fields are named as in the API, with a dot where it nests: `account.currency`, `billing_address.city`.
    """

    required_css_class = "is-required"
    base_fields: dict[str, forms.Field]  # type: ignore[misc]  # a form may begin with fields of its own

    def __init__(self, *arguments: Any, **named: Any) -> None:
        named.setdefault("label_suffix", "")
        super().__init__(*arguments, **named)
        for field in self.fields.values():
            look = next((look for kind, look in CLASSES if isinstance(field.widget, kind)), "")
            field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {look}".strip()

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
        return {name: value for name, value in self.values().items() if name in changed}

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
            with transaction.atomic():
                action()
                transaction.set_rollback(not readable)
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
        return value if isinstance(value, str) or value is None else json.dumps(value, indent=2, ensure_ascii=False)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return {} if self.must_be_object else None
        try:
            parsed = json.loads(text)
        except ValueError as wrong:
            if self.must_be_object:
                raise forms.ValidationError('Give a JSON object such as {"paper": "A4"}.') from wrong
            return text
        if self.must_be_object and not isinstance(parsed, dict):
            raise forms.ValidationError('Give a JSON object such as {"paper": "A4"}.')
        return parsed if isinstance(parsed, dict | list) else text


def chosen_or_none(values: Mapping[str, Any], *names: str) -> dict[str, int | None]:
    """The numbers of rows chosen in selects."""
    return {name: int(values[name]) if values.get(name) else None for name in names}
