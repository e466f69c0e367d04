"""Inputs that Django has none for: phones, e-mail addresses one a line, selects whose options depend on another."""

from collections.abc import Mapping
from typing import Any

from django import forms

PHONE_TYPES = ("Office", "Mobile", "Home", "Fax")


class PhonesWidget(forms.Widget):
    """A row for each phone: type and number; more rows are added by the browser."""

    template_name = "console/widgets/phones.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The rows that have a number."""
        rows = zip(data.getlist(f"{name}.type"), data.getlist(f"{name}.number"), strict=False)
        return [{"type": kind, "number": number.strip()} for kind, number in rows if number.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """No row is no phone, not a field that is missing."""
        return False

    def format_value(self, value: Any) -> Any:
        """The rows as they are."""
        return value or []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the types to choose from."""
        return {**super().get_context(name, value, attrs), "types": PHONE_TYPES}


class PhonesField(forms.Field):
    """CUS-5: any number of phones, [{type, number}]."""

    widget = PhonesWidget


class EmailsField(forms.CharField):
    """CUS-5: e-mail addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 2, "autocapitalize": "off", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """As lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines that hold something."""
        if isinstance(value, list):
            return value
        return [line.strip() for line in str(super().to_python(value) or "").splitlines() if line.strip()]


class SelectWithMarks(forms.Select):
    """A select whose options say what they fit: `marks` by value; the browser hides those that don't fit the field that
    `data-fits` names (ACC-5)."""

    marks: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        """With the mark of its value."""
        option = super().create_option(name, value, *arguments, **named)
        if mark := self.marks.get(str(value)):
            option["attrs"]["data-only"] = mark
        return option
