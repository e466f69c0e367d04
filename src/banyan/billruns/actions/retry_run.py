"""Bill the accounts that a run could not bill, alone (RUN-4)."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from banyan.billruns.deciding import held_run
from banyan.billruns.jobs import plan_run
from banyan.billruns.models import COMPLETED, Batch, BillRun, RunMode, RunStatus, Step
from banyan.kernel.refusals import Problems, conflict


def retry_run(run_id: int, accounts: Collection[int] = ()) -> BillRun:
    """Bill again these accounts of those that are listed with an error, or all of them, and no others.

    Of a run that has to be approved they become drafts, and it awaits approval again. Refused: a run without errors,
    one after which the cycle was run for a later date (RUN-1), and while another run is under way; an account without
    an error.
    """
    try:
        with transaction.atomic():
            run = held_run(run_id)
            _check_has_errors(run)
            _check_is_last(run)
            errors = run.errors.filter(account_id__in=accounts) if accounts else run.errors.all()
            listed = list(errors.order_by("account_id").values_list("account_id", flat=True))
            _check_are_listed(accounts, listed)
            errors.delete()
            Batch.objects.bulk_create(
                Batch(run=run, first_account=account, last_account=account, payers=0) for account in listed
            )
            run.status, run.step, run.step_began_at = RunStatus.RUNNING, Step.BILL, Now()
            run.save(update_fields=["status", "step", "step_began_at"])
            plan_run.enqueue(run_id=run.pk)
    except IntegrityError as taken:
        raise conflict(
            "bill_cycle", "run_under_way", "another run of the bill cycle is under way", "RUN-1", run_id
        ) from taken
    run.refresh_from_db()
    return run


def _check_has_errors(run: BillRun) -> None:
    ended = run.status in (RunStatus.COMPLETED_WITH_ERRORS, RunStatus.AWAITING_APPROVAL)
    if not ended or not run.errors.exists():
        what = f"the run is {run.status}" + " without errors" * ended
        raise conflict("status", "nothing_to_retry", what, "RUN-4", run.status)


def _check_are_listed(accounts: Collection[int], listed: Collection[int]) -> None:
    problems = Problems()
    for account in sorted(set(accounts) - set(listed)):
        message = "the account is not among those that the run could not bill"
        problems.add("accounts", "not_listed", message, "RUN-4", account)
    problems.raise_if_any()


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
