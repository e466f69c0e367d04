"""Fields that Django has none for: days, lists of texts, tiers of a price."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django import forms

from banyan.accounts.postal import parts_called
from banyan.console.choices import NONE, Choices, countries
from banyan.foundation.declared.checks import ADDRESS_LENGTHS
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import exact_amount_text
from banyan.kernel.reasons import LONGEST_REASON

FormClass = TypeVar("FormClass", bound=forms.Form)


class DayField(forms.DateField):
    """A day, by the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DecimalText(forms.DecimalField):
    """A decimal number as people type it: without arrows, and never a float."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Without zeros that say nothing."""
        return decimal_text(value) if isinstance(value, Decimal) else value


class AmountField(DecimalText):
    """An amount. What a form is filled with has the decimals of its `currency`, or all its own where it has more
    (MON-1); None while the currency isn't chosen yet.
    """

    def __init__(self, *, currency: str | None = None, **named: Any) -> None:
        super().__init__(**named)
        self.currency = currency

    def prepare_value(self, value: Any) -> Any:
        """12.50 USD, 1200 JPY, 0.500 BHD."""
        if self.currency is None or not isinstance(value, Decimal):
            return super().prepare_value(value)
        return exact_amount_text(value, self.currency)


def reason_field(**named: Any) -> forms.CharField:
    """Why something is changed or taken back (RUN-11); nobody has to say."""
    return forms.CharField(
        **{
            "label": "Reason",
            "required": False,
            "max_length": LONGEST_REASON,
            "widget": forms.Textarea(attrs={"rows": 2}),
            "help_text": "Kept in the history with your name.",
            **named,
        }
    )


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or nothing said."""

    def __init__(self, **named: Any) -> None:
        choices = [NONE, ("true", "Yes"), ("false", "No")]
        super().__init__(choices=choices, coerce=lambda text: text == "true", empty_value=None, **named)

    def prepare_value(self, value: Any) -> Any:
        """As its options are called."""
        return str(value).lower() if isinstance(value, bool) else value

    def to_python(self, value: Any) -> str:
        """The same."""
        return str(super().to_python(self.prepare_value(value)))


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """As lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The lines that hold something."""
        if isinstance(value, list | tuple):
            return list(value)
        return [line.strip() for line in str(super().to_python(value) or "").splitlines() if line.strip()]


class RowsWidget(forms.Widget):
    """Rows of inputs, sent as `tiers.up_to`, `tiers.unit_amount`, …; the browser adds and removes them."""

    template_name = "console/widgets/rows.html"
    use_fieldset = True

    def __init__(self, parts: Mapping[str, str], add: str, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}))
        self.parts, self.add = parts, add

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The rows in which something is filled in."""
        columns = [data.getlist(f"{name}.{part}") for part in self.parts]
        rows = [
            dict(zip(self.parts, (cell.strip() for cell in row), strict=True)) for row in zip(*columns, strict=False)
        ]
        return [row for row in rows if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """No row is an empty list."""
        return False

    def format_value(self, value: Any) -> Any:
        """The rows as lists of (part, label, value)."""
        return [[(part, label, row.get(part) or "") for part, label in self.parts.items()] for row in value or []]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With an empty row to add."""
        empty = [(part, label, "") for part, label in self.parts.items()]
        return {**super().get_context(name, value, attrs), "empty": empty, "add": self.add}


class RowsField(forms.Field):
    """A list of objects with the same parts; those of `decimals` are numbers."""

    def __init__(self, parts: Mapping[str, str], add: str, decimals: bool = False, **named: Any) -> None:
        super().__init__(widget=RowsWidget(parts, add), **named)
        self._decimals = decimals

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        """The rows; blank is None."""
        rows = [{part: text or None for part, text in row.items()} for row in value or []]
        return [{part: self._number(text) for part, text in row.items()} for row in rows] if self._decimals else rows

    @staticmethod
    def _number(text: str | None) -> Decimal | None:
        try:
            number = None if text is None else Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError(f"{text!r:.40} is not a number.") from None
        if number is not None and not number.is_finite():
            raise forms.ValidationError(f"{text!r:.40} is not a number.")
        return number


def address_fields(name: str, countries: Choices) -> dict[str, forms.Field]:
    """The fields of an address, called `NAME.line1` to `NAME.country`, all of them optional. Their labels are those of
    the country that is chosen: ZIP code, postcode."""
    labels = {"line1": "Address line 1", "line2": "Address line 2", **parts_called("")}
    fields: dict[str, forms.Field] = {
        f"{name}.{part}": forms.CharField(label=labels[part], max_length=ADDRESS_LENGTHS[part], required=False)
        for part in ("line1", "line2", "city", "state", "postal_code")
    }
    country = forms.Select(attrs={"data-searchable": "", "data-names-parts": ""})
    choices = [NONE, *countries]
    return fields | {
        f"{name}.country": forms.ChoiceField(label="Country", choices=choices, required=False, widget=country)
    }


def with_address(name: str) -> Callable[[type[FormClass]], type[FormClass]]:
    """Gives a form the fields of an address."""

    def add(form: type[FormClass]) -> type[FormClass]:
        form.base_fields |= address_fields(name, countries())
        return form

    return add
