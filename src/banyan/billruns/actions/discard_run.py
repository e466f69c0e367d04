"""Discard a run: as if it had never been (RUN-7)."""

from django.db import transaction

from banyan.billruns.deciding import begin, held_run
from banyan.billruns.ending import has_drafts
from banyan.billruns.jobs import decide_batch
from banyan.billruns.models import BillRun, RunStatus, Step
from banyan.kernel.refusals import conflict


@transaction.atomic
def discard_run(run_id: int) -> BillRun:
    """Delete the drafts of a run; their charges are unbilled and will be billed by the next one. Of a large run workers
    do it.

    Refused unless the run awaits approval, or failed and left drafts behind.
    """
    run = held_run(run_id)
    failed_with_drafts = run.status == RunStatus.FAILED and has_drafts(run)
    if run.status != RunStatus.AWAITING_APPROVAL and not failed_with_drafts:
        raise conflict(
            "status",
            "not_awaiting_approval",
            f"the run is {run.status}; only one that is awaiting_approval is discarded",
            "RUN-7",
            run.status,
        )
    decide_batch.enqueue_each({"batch_id": batch} for batch in begin(run, Step.DISCARD))
    run.refresh_from_db()
    return run
