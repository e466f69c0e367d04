"""Reverse a completed run: its invoices become void, their charges unbilled (RUN-8)."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from banyan.billruns.deciding import begin, held_run
from banyan.billruns.ending import has_drafts
from banyan.billruns.jobs import decide_batch
from banyan.billruns.models import COMPLETED, BillRun, RunMode, RunStatus, Step
from banyan.invoices.actions.void_invoice import can_be_voided
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.queries import number_of
from banyan.kernel.reasons import checked_reason
from banyan.kernel.refusals import Kind, Problems, conflict

NAMED = 20


def reverse_run(run_id: int, reason: str = "") -> BillRun:
    """Void every invoice of a run, as if each were voided alone (INV-6); of a large run workers do it. The reason
    is kept in the history (RUN-11).

    Later runs may stand on it: what they billed stays, and the next run bills what is missing again (SUB-5). Refused: a
    run that is not completed, one with paid invoices, and while another run of the cycle is under way (RUN-1).
    """
    why = checked_reason(reason)
    try:
        with transaction.atomic():
            run = held_run(run_id)
            _check(run)
            decide_batch.enqueue_each({"batch_id": batch} for batch in begin(run, Step.REVERSE, why))
            run.refresh_from_db()
    except IntegrityError as taken:
        raise conflict(
            "bill_cycle", "run_under_way", "another run of the bill cycle is under way", "RUN-1", run_id
        ) from taken
    return run


def _check(run: BillRun) -> None:
    """A failed run is reversed like a completed one: that is how its invoices are got rid of."""
    ended = run.status in COMPLETED or (run.status == RunStatus.FAILED and not has_drafts(run))
    if run.mode != RunMode.BILL or not ended:
        what = "a simulation" if run.mode != RunMode.BILL else run.status
        message = f"the run is {what}; only a completed one is reversed"
        raise conflict("status", "not_completed", message, "RUN-8", run.status)
    in_the_way = Invoice.objects.filter(bill_run_id=run.pk).exclude(can_be_voided()).exclude(status=InvoiceStatus.VOID)
    problems = Problems()
    _name(in_the_way, problems)
    problems.raise_if_any()


def _name(in_the_way: QuerySet[Invoice], problems: Problems) -> None:
    total = in_the_way.count()
    for invoice in in_the_way.select_related("owner").order_by("sequence_number")[:NAMED]:
        number = number_of(invoice)
        message = f"the invoice {number} is {invoice.status}"
        problems.add("invoices", "not_open", message, "RUN-8", number, Kind.CONFLICT)
    if total > NAMED:
        problems.add("invoices", "not_open", f"and {total - NAMED:,} more", "RUN-8", total, Kind.CONFLICT)
