"""Approve a run: its drafts are issued (RUN-7)."""

from django.db import transaction

from banyan.billruns.deciding import begin, held_run
from banyan.billruns.jobs import decide_batch
from banyan.billruns.models import BillRun, RunStatus, Step
from banyan.kernel.refusals import conflict


@transaction.atomic
def approve_run(run_id: int) -> BillRun:
    """Give the drafts of a run their numbers, post them and open them, just as they are; of a large run workers do it.

    What has changed since they were made is billed or credited by the next run (SUB-5). Refused unless the run awaits
    approval.
    """
    run = held_run(run_id)
    if run.status != RunStatus.AWAITING_APPROVAL:
        raise conflict(
            "status",
            "not_awaiting_approval",
            f"the run is {run.status}; only one that is awaiting_approval is approved",
            "RUN-7",
            run.status,
        )
    decide_batch.enqueue_each({"batch_id": batch} for batch in begin(run, Step.APPROVE))
    run.refresh_from_db()
    return run
