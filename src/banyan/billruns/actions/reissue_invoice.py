"""Void an invoice and issue the same charges again at once, under a new number (INV-10)."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from banyan.accounts.models import PaymentTerm
from banyan.accounts.today import today
from banyan.accounts.versions import current_versions
from banyan.billruns.models import UNDER_WAY, BillRun
from banyan.billruns.writing import count_up
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import INVOICE_SOURCE, VOID_SOURCE, can_be_voided
from banyan.invoices.models import Invoice, InvoiceLine, InvoiceStatus
from banyan.invoices.parties import accounts_named_on
from banyan.invoices.sealing import seal_invoices, sealed_lines
from banyan.kernel.ids import encode_id
from banyan.kernel.reasons import checked_reason
from banyan.kernel.refusals import Kind, Problems, Refusal, unknown
from banyan.ledger.actions.repeat_postings import repeat_postings
from banyan.ledger.actions.reverse_postings import reverse_postings

_ITS_OWN = ("id", "invoice_id", "live", "repeats")
_SAID_AGAIN = ", ".join(str(each.column) for each in InvoiceLine._meta.concrete_fields if each.column not in _ITS_OWN)

COPY_LINES = f"""
INSERT INTO invoices_invoiceline (invoice_id, live, repeats, {_SAID_AGAIN})
SELECT %(invoice)s, true, coalesce(repeats, id), {_SAID_AGAIN}
FROM invoices_invoiceline WHERE invoice_id = %(of)s ORDER BY id
"""

NEW_ID = "SELECT nextval(pg_get_serial_sequence('invoices_invoice', 'id'))"


def reissue_invoice(invoice_id: int, reason: str) -> Invoice:
    """The new invoice: dated today, due by the payment term as it is now, with the parties as they are now (INV-9);
    payer, split, lines and amounts are those of the old one, which is void. No charge is unbilled in between.

    Refused: without a reason; a draft was never issued, on a paid one is money, a void one has nothing left to issue;
    while its bill run is under way, or being reversed.
    """
    with transaction.atomic():
        run = BillRun.objects.select_for_update().filter(
            pk__in=Invoice.objects.filter(pk=invoice_id).values("bill_run_id")
        )
        of_run = run.first()
        old = Invoice.objects.select_for_update().filter(pk=invoice_id).first()
        if old is None:
            raise unknown("invoice", "there is no such invoice", invoice_id)
        _check(old, of_run, reason)
        return _issued_again(old, reason.strip())


def _check(old: Invoice, run: BillRun | None, reason: str) -> None:
    problems = Problems()
    if not reason.strip():
        problems.add("reason", "required", "Give the reason for issuing the invoice anew.", "INV-10", reason)
    else:
        try:
            checked_reason(reason, "INV-10")
        except Refusal as refusal:
            problems.take(refusal)
    if not Invoice.objects.filter(can_be_voided(), pk=old.pk).exists():
        message = f"The invoice is {old.status}; {_WHAT_TO_DO.get(InvoiceStatus(old.status), _ONLY_OPEN)}."
        problems.add("status", "not_open", message, "INV-10", old.status, Kind.CONFLICT)
    elif run is not None and run.status in UNDER_WAY:
        message = f"The bill run of the invoice is {run.status}; an invoice can be reissued once its run has ended."
        problems.add("bill_run", "under_way", message, "INV-10", encode_id("bill_run", run.pk), Kind.CONFLICT)
    problems.raise_if_any()


def _issued_again(old: Invoice, reason: str) -> Invoice:
    """Numbers come last, as in writing.py: whoever counts up holds the counter until the commit (INV-3)."""
    day, new_id = today(old.owner_id), _new_id()
    Invoice.objects.filter(pk=old.pk).update(status=InvoiceStatus.VOID)
    InvoiceLine.objects.filter(invoice_id=old.pk).update(live=False)
    with connection.cursor() as cursor:
        cursor.execute(COPY_LINES, {"invoice": new_id, "of": old.pk})
    reverse_postings(INVOICE_SOURCE, [old.pk], VOID_SOURCE, day)
    repeat_postings(INVOICE_SOURCE, old.pk, new_id, day)
    new = Invoice.objects.create(
        id=new_id,
        owner_id=old.owner_id,
        sequence_number=count_up(old.owner_id, 1),
        account_id=old.account_id,
        for_account_id=old.for_account_id,
        group_id=old.group_id,
        subscription_id=old.subscription_id,
        charge_id=old.charge_id,
        bill_run_id=old.bill_run_id,
        status=InvoiceStatus.PAID if old.gross - old.discount + old.tax == 0 else InvoiceStatus.OPEN,
        invoice_date=day,
        due_date=day + timedelta(days=PaymentTerm.objects.get(accounts=old.account_id).days),
        currency=old.currency,
        gross=old.gross,
        discount=old.discount,
        tax=old.tax,
        reissue_of=old.pk,
        **_parties(old.account_id, new_id),
    )
    seal_invoices(new.bill_run_id, sealed_lines([new_id]))
    _tell(old, new, reason)
    return new


def _parties(payer: int, invoice_id: int) -> dict[str, Any]:
    """INV-9: the versions that hold now, of the payer and of every account on the lines that were copied."""
    named = accounts_named_on([invoice_id])[invoice_id] | {payer}
    versions = current_versions([payer], named)
    parties = versions.parties[payer]
    return {
        "seller_version": parties.seller,
        "buyer_version": parties.buyer,
        "term_version": parties.term,
        "account_versions": sorted(versions.accounts[account] for account in named),
    }


def _new_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEW_ID)
        return int(cursor.fetchone()[0])


def _tell(old: Invoice, new: Invoice, reason: str) -> None:
    """RUN-11: who issued it anew, when and why, is in the history of both."""
    told: dict[Invoice, tuple[str, dict[str, Any]]] = {
        old: ("changed", {"status": [old.status, "void"], "reissued_as": [None, encode_id("invoice", new.pk)]}),
        new: ("created", {"reissue_of": [None, encode_id("invoice", old.pk)]}),
    }
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            action=action,
            subject_kind="invoice",
            subject_id=invoice.pk,
            changes={**changes, "reason": [None, reason]},
        )
        for invoice, (action, changes) in told.items()
    )


_ONLY_OPEN = "only an open one can be issued anew"
_WHAT_TO_DO = {
    InvoiceStatus.DRAFT: "approve or discard its bill run instead",
    InvoiceStatus.PAID: "what is paid stays; credit it instead",
    InvoiceStatus.VOID: "its charges are billed by the next run, if they weren't issued anew already",
}
