"""Void an issued invoice, so that its charges can be billed again (INV-6)."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q

from banyan.accounts.today import days_now
from banyan.foundation.models import HistoryEntry
from banyan.invoices.models import Invoice, InvoiceLine, InvoiceStatus
from banyan.invoices.taking_back import Taken
from banyan.kernel.reasons import checked_reason
from banyan.kernel.refusals import conflict, unknown
from banyan.ledger.actions.reverse_postings import reverse_postings
from banyan.subscriptions.models import Charge

INVOICE_SOURCE = "invoice"
VOID_SOURCE = "void"


def can_be_voided() -> Q:
    """Invoices that are open, or paid because there was nothing to pay."""
    return Q(status=InvoiceStatus.OPEN) | Q(status=InvoiceStatus.PAID, gross=F("discount") - F("tax"))


def void_invoice(invoice_id: int, reason: str = "") -> Invoice:
    """The invoice is void, what it posted is posted in reverse (LED-2), its charges are unbilled.

    The reverse is dated today, or on the invoice's date while that lies ahead. Who did it, and the reason, are in the
    history (RUN-11).

    Refused: a draft was never issued, on a paid one is money, a void one is void already.
    """
    why = checked_reason(reason)
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().filter(pk=invoice_id).first()
        if invoice is None:
            raise unknown("invoice", "there is no such invoice", invoice_id)
        if not Invoice.objects.filter(can_be_voided(), pk=invoice_id).exists():
            message = f"the invoice is {invoice.status}; {_WHAT_TO_DO.get(InvoiceStatus(invoice.status), _ONLY_OPEN)}"
            raise conflict("status", "not_open", message, "INV-6", invoice.status)
        account = invoice.account_id
        void_invoices(Taken(invoice.bill_run_id, account, account, [invoice_id], part=True), why)
        invoice.refresh_from_db()
    return invoice


def void_invoices(taken: Taken, reason: str) -> None:
    """Void these invoices, which the caller holds and knows can be voided, in a number of statements that doesn't grow.

    Items are held first, charges after them: in the order in which bill runs take them.
    """
    invoice_ids = taken.invoices
    taken.hold_items()
    lines = InvoiceLine.objects.filter(invoice_id__in=invoice_ids, live=True)
    charges = lines.filter(charge_id__isnull=False).values_list("charge_id", flat=True)
    Charge.objects.filter(pk__in=charges).update(billed=False)
    _tell(invoice_ids, reason)
    Invoice.objects.filter(pk__in=invoice_ids).update(status=InvoiceStatus.VOID)
    lines.update(live=False)
    taken.take_back_items()
    days, by_owner = days_now(), defaultdict[int, list[int]](list)
    for owner, invoice in Invoice.objects.filter(pk__in=invoice_ids).order_by("id").values_list("owner_id", "id"):
        by_owner[owner].append(invoice)
    for owner, invoices in by_owner.items():
        reverse_postings(INVOICE_SOURCE, invoices, VOID_SOURCE, days.of(owner))


def _tell(invoice_ids: Sequence[int], reason: str) -> None:
    """RUN-11: who voided each of them, and why."""
    why = {"reason": [None, reason]} if reason else {}
    held = Invoice.objects.filter(pk__in=invoice_ids).order_by("id").values_list("id", "status")
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            action="changed",
            subject_kind="invoice",
            subject_id=invoice,
            changes={"status": [status, InvoiceStatus.VOID.value], **why},
        )
        for invoice, status in held
    )


_ONLY_OPEN = "only an open one can be voided"
_WHAT_TO_DO = {
    InvoiceStatus.DRAFT: "approve or discard its bill run instead",
    InvoiceStatus.PAID: "what is paid stays; credit it instead",
}
