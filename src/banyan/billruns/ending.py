"""The end of each step of a run: certificate, warnings, status; or giving up, when trying again mends nothing."""

from django.db import transaction
from django.db.models.functions import Now

from banyan.billruns.absurd import warn_of_what_is_absurd
from banyan.billruns.certificate import certify
from banyan.billruns.models import Batch, BillRun, RunMode, RunStatus, Step
from banyan.foundation.jobs import enqueue_by_name
from banyan.invoices.models import Invoice, InvoiceStatus

SECOND_OPINION = "banyan.verification.jobs.give_second_opinion"
"""The job that looks at a run once more (REL-E); what verifies is above what bills, and no run waits for it."""


def finish(run_id: int) -> None:
    """End the present step of a run whose batches are all done. Nothing happens before, or a second time."""
    if _has_open_batches(run_id):
        return
    with transaction.atomic():
        run = BillRun.objects.select_for_update().get(pk=run_id)
        # asked again: since the first look the run may have ended, and begun its next step
        if run.status != RunStatus.RUNNING or _has_open_batches(run_id):
            return
        has_huge_lines = run.mode != RunMode.BILL  # a simulation has no certificate, so nobody knows
        if run.mode == RunMode.BILL and run.step in (Step.BILL, Step.APPROVE):
            certified = certify(run)
            run.certificate, has_huge_lines = certified.certificate, certified.has_huge_lines
        if run.step == Step.BILL:
            run.warnings_in_all = warn_of_what_is_absurd(run, has_huge_lines)
        run.status = _final_status(run)
        run.finished_at = Now()
        run.save(update_fields=["certificate", "warnings_in_all", "status", "finished_at"])
        if run.mode == RunMode.BILL and run.step == Step.BILL:
            enqueue_by_name(SECOND_OPINION, run_id=run.pk)


def give_up(run_id: int, failure: Exception) -> None:
    """End a step that failed for a reason that no retry mends, and say why, so that it does not stand in the way.

    A run that could not be billed is failed. One that could not be approved, discarded or reversed to its end is as
    before, less what is done already, and the same can be asked for again.
    """
    with transaction.atomic():
        run = BillRun.objects.select_for_update().get(pk=run_id)
        if run.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
            return
        run.certificate = {
            **(run.certificate or {"checks": []}),
            "failure": f"{type(failure).__name__}: {failure}",
        }
        run.status = RunStatus.FAILED if run.step == Step.BILL else _status_of_what_is_left(run)
        run.trouble = ""
        run.finished_at = Now()
        run.save(update_fields=["certificate", "status", "trouble", "finished_at"])


def note_trouble(run_id: int, trouble: str) -> None:
    """Say of a run what keeps it from going on; "" when nothing does any more."""
    BillRun.objects.filter(pk=run_id).exclude(trouble=trouble).update(trouble=trouble)


def forget_trouble(run_id: int, trouble: str) -> None:
    """That is what keeps it from going on no more; other trouble stays."""
    BillRun.objects.filter(pk=run_id, trouble=trouble).update(trouble="")


def _has_open_batches(run_id: int) -> bool:
    return Batch.objects.filter(run_id=run_id, done=False).exists()


def _final_status(run: BillRun) -> RunStatus:
    issued = Invoice.objects.filter(bill_run_id=run.pk).exclude(status=InvoiceStatus.DRAFT)
    if run.step == Step.DISCARD and not issued.exists():
        return RunStatus.DISCARDED
    if run.step == Step.REVERSE and not issued.exclude(status=InvoiceStatus.VOID).exists():
        return RunStatus.REVERSED
    return _status_of_what_is_left(run)


def _status_of_what_is_left(run: BillRun) -> RunStatus:
    if run.certificate is not None and not all(check["holds"] for check in run.certificate["checks"]):
        return RunStatus.FAILED
    if run.requires_approval and has_drafts(run):
        return RunStatus.AWAITING_APPROVAL
    return RunStatus.COMPLETED_WITH_ERRORS if run.errors.exists() else RunStatus.COMPLETED


def has_drafts(run: BillRun) -> bool:
    """Whether invoices of the run are still to be approved or discarded."""
    return Invoice.objects.filter(bill_run_id=run.pk, status=InvoiceStatus.DRAFT).exists()
