"""Lines and invoices that something dated of an account may have had a part in."""

from datetime import date

from django.db.models import Q, QuerySet

from banyan.invoices.models import Invoice, InvoiceLine
from banyan.subscriptions.models import Charge, SubscriptionItem


def comes_from(account_id: int) -> Q:
    """Of lines: those of the account's items and charges."""
    items = SubscriptionItem.objects.filter(subscription__account=account_id)
    charges = Charge.objects.filter(account=account_id)
    return Q(item_id__in=items.values("id")) | Q(charge_id__in=charges.values("id"))


def invoices_dated(lines: QuerySet[InvoiceLine], valid_from: date | None, valid_to: date | None) -> QuerySet[Invoice]:
    """The invoices that the lines are on and that are dated from the first to the last day, where there is one."""
    found = Invoice.objects.filter(id__in=lines.values("invoice_id"))
    if valid_from:
        found = found.filter(invoice_date__gte=valid_from)
    return found.filter(invoice_date__lte=valid_to) if valid_to else found
