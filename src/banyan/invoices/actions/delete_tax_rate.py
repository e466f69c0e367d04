"""Delete a tax rate that no invoice has charged (TAX-1)."""

from django.db import transaction

from banyan.catalog.models import TaxRate
from banyan.foundation.deleting import locked_for_deletion
from banyan.invoices.models import InvoiceLine
from banyan.kernel.decimals import decimal_text
from banyan.kernel.refusals import conflict


@transaction.atomic
def delete_tax_rate(tax_rate_id: int) -> None:
    """The rate is gone; refused once an invoice has a tax of its name and percent: end it then."""
    rate = locked_for_deletion(TaxRate, tax_rate_id)
    percent = decimal_text(rate.percent)
    if InvoiceLine.objects.filter(live=True, taxes__contains=[[rate.name, percent]]).exists():
        message = f"There are invoices with {rate.name} of {percent} %; end it with valid_to instead."
        raise conflict("id", "in_use", message, "TAX-1", rate.name)
    rate.delete()
