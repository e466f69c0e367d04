"""Let a discount, a tax rate or a tax exemption end (DIS-1, TAX-1, TAX-2)."""

from datetime import date
from typing import TypeVar

from django.db import transaction
from django.db.models import Model

from banyan.catalog.checks import check_validity
from banyan.catalog.models import Discount, TaxExemption, TaxRate
from banyan.kernel.refusals import Problems, unknown

Dated = TypeVar("Dated", Discount, TaxExemption, TaxRate)
_RULES: dict[type[Model], str] = {Discount: "DIS-1", TaxExemption: "TAX-2", TaxRate: "TAX-1"}


@transaction.atomic
def end_validity(model: type[Dated], row_id: int, valid_to: date | None) -> Dated:
    """`valid_to` is its last day, None for no end. What was invoiced keeps what it got."""
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=row_id).first()
    words = str(model._meta.verbose_name)
    if row is None:
        raise unknown("id", f"there is no such {words}", row_id)
    problems = Problems()
    check_validity(problems, row.valid_from, valid_to, _RULES[model])
    problems.raise_if_any()
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    return row
