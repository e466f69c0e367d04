"""Fields of forms that hold rows: searched for among many, or chosen from few."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.functional import Promise

from banyan.console.page import number_of
from banyan.organizations.access_scope import reachable


class RowField(forms.Field):
    """A row that is searched for at an address; what isn't reached is told like what isn't there.

    `sent_with` names fields of the form that the address is asked with, `none` says why it may find nothing.
    """

    def __init__(
        self, model: type[Model], address: str | Promise, sent_with: str = "", none: str = "", **named: Any
    ) -> None:
        attrs = {"data-search-in": address, "data-with": sent_with, "data-none": none}
        super().__init__(widget=forms.Select(attrs=attrs, choices=[("", "")]), **named)
        self.model = model

    def to_python(self, value: Any) -> Model | None:
        """The row, which then stands in the field by its name."""
        if value in self.empty_values:
            return None
        if isinstance(value, self.model):
            return value
        row = reachable(self.model).filter(pk=number_of(str(value)) or 0).first()
        if row is None:
            raise forms.ValidationError(f"There is no such {self.model._meta.verbose_name}.")
        self.show(row)
        return row

    def row_or_none(self, value: Any) -> Model | None:
        """The row, None where there is no such one."""
        try:
            return self.to_python(value)
        except forms.ValidationError:
            return None

    def prepare_value(self, value: Any) -> Any:
        """Its number; a row that the form begins with stands there by its name, too."""
        if isinstance(value, Model):
            self.show(value)
            return value.pk
        return value

    def show(self, row: Model) -> None:
        """Let it stand there, chosen."""
        self.widget.choices = [("", ""), (row.pk, label_of(row))]


def label_of(row: Any) -> str:
    """What a row is called where it is chosen."""
    number, name = getattr(row, "number", ""), getattr(row, "name", "")
    return " · ".join(part for part in (number, name) if part)
