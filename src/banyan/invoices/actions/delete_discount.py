"""Delete a discount that no invoice has taken (DIS-1)."""

from django.db import transaction
from django.db.models import Q

from banyan.catalog.models import Discount
from banyan.foundation.deleting import locked_for_deletion
from banyan.invoices.dated import comes_from, invoices_dated
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.kernel.refusals import conflict


@transaction.atomic
def delete_discount(discount_id: int) -> None:
    """The discount is gone; refused once an invoice for its account, dated while it holds, has a discount: end it."""
    discount = locked_for_deletion(Discount, discount_id)
    invoices = _invoices_that_took_one(discount)
    if invoices:
        message = f"The discount may be on {invoices:,} invoice{'s' * (invoices != 1)}; end it with valid_to instead."
        raise conflict("id", "in_use", message, "DIS-1", invoices)
    discount.delete()


def _invoices_that_took_one(discount: Discount) -> int:
    """Live invoices to the account, or with lines of it, that have a discount and are dated while this one holds."""
    lines = InvoiceLine.objects.filter(live=True).exclude(discount=0)
    to_the_account = Q(invoice_id__in=Invoice.objects.filter(account=discount.account_id).values("id"))
    concerned = lines.filter(comes_from(discount.account_id) | to_the_account)
    return invoices_dated(concerned, discount.valid_from, discount.valid_to).count()
