"""Bill the accounts that a run could not bill, alone (RUN-4)."""

from django.db import IntegrityError, transaction

from banyan.billruns.jobs import plan_run
from banyan.billruns.models import COMPLETED, Batch, BillRun, RunMode, RunStatus
from banyan.kernel.refusals import conflict, unknown


def retry_run(run_id: int) -> BillRun:
    """Bill again the accounts that are listed with an error, and only those.

    Refused: a run without errors, one after which the cycle was run for a later date (RUN-1), and while another run is
    under way.
    """
    try:
        with transaction.atomic():
            run = BillRun.objects.select_for_update().filter(pk=run_id).first()
            if run is None:
                raise unknown("id", f"there is no bill run {run_id}", run_id)
            if run.status != RunStatus.COMPLETED_WITH_ERRORS:
                raise conflict(
                    "status", "nothing_to_retry", f"the run is {run.status} without errors", "RUN-4", run.status
                )
            _check_is_last(run)
            accounts = list(run.errors.values_list("account_id", flat=True))
            run.errors.all().delete()
            Batch.objects.bulk_create(
                Batch(run=run, first_account=account, last_account=account, payers=0) for account in accounts
            )
            run.status = RunStatus.RUNNING
            run.save(update_fields=["status"])
            plan_run.enqueue(run_id=run.pk)
    except IntegrityError as taken:
        raise conflict(
            "bill_cycle", "run_under_way", "another run of the bill cycle is under way", "RUN-1", run_id
        ) from taken
    return run


def _check_is_last(run: BillRun) -> None:
    later = BillRun.objects.filter(
        bill_cycle=run.bill_cycle_id, mode=RunMode.BILL, status__in=COMPLETED, billing_date__gt=run.billing_date
    ).first()
    if run.mode == RunMode.BILL and later is not None:
        raise conflict(
            "id",
            "before_last_run",
            f"the cycle was run for {later.billing_date} since; what this run missed is billed by the next one",
            "RUN-1",
            run.pk,
        )
