"""What the address of a list says about which rows are asked for."""

from typing import Any, cast

from django import forms

from banyan.console.choices import Choices
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown

MOST_NAMED = 20


class Filters(forms.Form):
    """The filters above a list. What nothing can be found by is refused with what there is, instead of showing rows
    that were not asked for (API-9)."""

    def asked(self) -> dict[str, Any]:
        """What was chosen, by filter; without those that were left open."""
        self.full_clean()
        problems = Problems()
        for name, errors in self.errors.items():
            field, said = self.fields[name], self.data.get(name, "")
            if isinstance(field, forms.ChoiceField):
                offered = [str(text) for value, text in cast(Choices, field.choices) if value]
                words = ", ".join(offered[:MOST_NAMED]) + (", …" if len(offered) > MOST_NAMED else "")
                label = self[name].label.lower()
                message = f"{shown(said)} is not a valid {label} for this list; there are {words or 'none'}."
            else:
                message = f"{shown(said)}: {' '.join(map(str, errors))}"
            problems.add(name, "unknown_choice", message, "API-9", said)
        problems.raise_if_any()
        return {name: value for name, value in self.cleaned_data.items() if value}
