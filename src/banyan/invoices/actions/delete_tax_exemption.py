"""Delete a tax exemption that no invoice can rest on (TAX-2)."""

from django.db import transaction

from banyan.catalog.models import TaxExemption
from banyan.foundation.deleting import locked_for_deletion
from banyan.invoices.dated import comes_from, invoices_dated
from banyan.invoices.models import InvoiceLine
from banyan.kernel.refusals import conflict


@transaction.atomic
def delete_tax_exemption(exemption_id: int) -> None:
    """The exemption is gone; refused once the account has untaxed lines dated while it holds: end it."""
    exemption = locked_for_deletion(TaxExemption, exemption_id)
    untaxed = InvoiceLine.objects.filter(comes_from(exemption.account_id), live=True, tax=0)
    invoices = invoices_dated(untaxed, exemption.valid_from, exemption.valid_to).count()
    if invoices:
        message = (
            f"{invoices:,} invoice{'s' * (invoices != 1)} may rest on the exemption; end it with valid_to instead."
        )
        raise conflict("id", "in_use", message, "TAX-2", invoices)
    exemption.delete()
