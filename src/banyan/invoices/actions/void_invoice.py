"""Void an issued invoice, so that its charges can be billed again (INV-6)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Min

from banyan.foundation.clock import today
from banyan.invoices.models import Invoice, InvoiceLine, InvoiceStatus
from banyan.kernel.refusals import conflict, unknown
from banyan.ledger.actions.reverse_postings import reverse_postings
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import Charge

INVOICE_SOURCE = "invoice"
VOID_SOURCE = "void"


def void_invoice(invoice_id: int) -> Invoice:
    """The invoice is void, what it posted is posted in reverse with today's date, its charges are unbilled.

    Refused unless it is open: a draft was never issued, a paid one is paid, a void one is void already.
    """
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().filter(pk=invoice_id).first()
        if invoice is None:
            raise unknown("invoice", "there is no such invoice", invoice_id)
        if invoice.status != InvoiceStatus.OPEN:
            message = f"the invoice is {invoice.status}; only an open one can be voided"
            raise conflict("status", "not_open", message, "INV-6", invoice.status)
        void_open_invoices([invoice_id])
        invoice.refresh_from_db()
    return invoice


def void_open_invoices(invoice_ids: Sequence[int]) -> None:
    """Void these invoices, which the caller holds and knows to be open, in a number of statements that doesn't grow."""
    lines = InvoiceLine.objects.filter(invoice_id__in=invoice_ids, live=True)
    items = lines.filter(item_id__isnull=False).values("item_id").annotate(since=Min("period_start"))
    changed = {row["item_id"]: row["since"] for row in items}
    charges = lines.filter(charge_id__isnull=False).values_list("charge_id", flat=True)
    Charge.objects.filter(pk__in=charges).update(billed=False)
    Invoice.objects.filter(pk__in=invoice_ids).update(status=InvoiceStatus.VOID)
    lines.update(live=False)
    mark_changed(changed)
    reverse_postings(INVOICE_SOURCE, invoice_ids, VOID_SOURCE, today())
