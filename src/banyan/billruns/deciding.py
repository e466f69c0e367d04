"""What somebody decided about a run, done batch by batch: issue its drafts, discard them (RUN-7), reverse it (RUN-8).

As in billing, a batch is one transaction that also marks the batch as done: kill a worker and another does it again.
"""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.db.models.functions import Now

from banyan.billruns.drafts import discard_drafts, issue_drafts
from banyan.billruns.ending import finish
from banyan.billruns.models import Batch, BillRun, RunStatus, Step
from banyan.billruns.run import is_to_be_done
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as, current_actor
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import can_be_voided, void_invoices
from banyan.invoices.models import Invoice
from banyan.invoices.taking_back import Taken
from banyan.kernel.refusals import unknown

INVOICES_AT_ONCE = 500


def held_run(run_id: int) -> BillRun:
    """The run, which nobody else changes until the caller's transaction ends. Refused: one that doesn't exist."""
    run = BillRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise unknown("id", f"there is no bill run {run_id}", run_id)
    return run


def begin(run: BillRun, step: Step, reason: str = "") -> list[int]:
    """Start a step with a run that the caller holds: a small one is done at once, of a large one these batches are to
    be decided by workers.
    """
    run.step, run.status, run.reason = step, RunStatus.RUNNING, reason
    run.step_began_at, run.finished_at = Now(), None
    run.save(update_fields=["step", "status", "reason", "step_began_at", "finished_at"])
    run.batches.update(done=False)
    batches = list(run.batches.order_by("id").values_list("id", flat=True))
    if Invoice.objects.filter(bill_run_id=run.pk).count() > INVOICES_AT_ONCE:
        return batches
    for batch in batches:
        decide_batch(batch)
    finish(run.pk)
    return []


def decide_batch(batch_id: int) -> int:
    """Do with a batch what was decided about its run, once. The id of the run."""
    batch = Batch.objects.select_related("run").get(pk=batch_id)
    step = Step(batch.run.step)
    with transaction.atomic():
        if step in _WHAT_TO_DO and is_to_be_done(batch, step):
            _WHAT_TO_DO[step](batch)
            batch.done = True
            batch.save(update_fields=["done", "invoices", "totals"])
    return batch.run_id


def _reverse(batch: Batch) -> None:
    issued = Invoice.objects.filter(
        can_be_voided(),
        bill_run_id=batch.run_id,
        account_id__gte=batch.first_account,
        account_id__lte=batch.last_account,
    )
    invoices = list(issued.order_by("id").select_for_update().values_list("id", flat=True))
    taken = Taken(batch.run_id, batch.first_account, batch.last_account, invoices, part=False)
    with acting_as(_who_decided(batch.run)):
        void_invoices(taken, batch.run.reason)


def _who_decided(run: BillRun) -> Actor:
    """Who began the present step (RUN-11), also where a worker does it."""
    begun = HistoryEntry.objects.filter(subject_kind="bill_run", subject_id=run.pk, changes__step__1=run.step)
    entry = begun.order_by("-id").first()
    return entry.by if entry else current_actor()


_WHAT_TO_DO: Mapping[Step, Callable[[Batch], None]] = {
    Step.APPROVE: issue_drafts,
    Step.DISCARD: discard_drafts,
    Step.REVERSE: _reverse,
}
