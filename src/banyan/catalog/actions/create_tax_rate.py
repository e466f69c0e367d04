"""Set a tax rate for a country or a state of it (TAX-1)."""

from decimal import Decimal

from django.db import transaction
from django_countries import countries

from banyan.catalog.checks import check_number, check_text, check_validity
from banyan.catalog.inputs import NewTaxRate
from banyan.catalog.models import TaxRate
from banyan.kernel.decimals import is_plain
from banyan.kernel.refusals import Problems

PERCENT_DECIMALS = 6


def create_tax_rate(new: NewTaxRate) -> TaxRate:
    """A rate for everything in the country, or only for a state or a tax category of products."""
    problems = Problems()
    check_text(problems, "name", new.name, 200, "TAX-1")
    for field in ("state", "tax_category"):
        if getattr(new, field) is not None:
            check_text(problems, field, getattr(new, field), 50, "TAX-1")
    if new.country not in countries.countries:
        message = f"{new.country!r} is not an ISO 3166 country code such as DE"
        problems.add("country", "unknown_country", message, "TAX-1", new.country)
    right = f"0 to 100, with at most {PERCENT_DECIMALS} decimals"
    check_number(problems, "percent", new.percent, _is_percent, right, "TAX-1")
    check_validity(problems, new.valid_from, new.valid_to, "TAX-1")
    problems.raise_if_any()
    with transaction.atomic():
        return TaxRate.objects.create(
            name=new.name,
            country=new.country,
            state=new.state,
            tax_category=new.tax_category,
            percent=new.percent,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
        )


def _is_percent(number: Decimal) -> bool:
    return 0 <= number <= 100 and is_plain(number, PERCENT_DECIMALS)
