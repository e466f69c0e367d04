"""Start a bill run (RUN-1, RUN-6)."""

from datetime import date

from django.db import IntegrityError, transaction

from banyan.accounts.models import BillCycle
from banyan.billruns.ahead import check_not_too_far_ahead
from banyan.billruns.jobs import plan_run
from banyan.billruns.models import COMPLETED, UNDER_WAY, BillRun, RunMode, RunStatus
from banyan.foundation.queries import read_settings
from banyan.kernel.calendar import Frequency, is_billing_date, next_billing_date
from banyan.kernel.refusals import Problems, conflict


def start_run(bill_cycle_id: int, billing_date: date, mode: str = RunMode.BILL, ahead: bool = False) -> BillRun:
    """Start a run of a bill cycle for one of its billing dates; workers do it, its progress can be read meanwhile.

    With the setting Require Bill Run Approval its invoices stay drafts until somebody approves or discards it (RUN-7).

    Refused (RUN-1): a day that is none of the cycle's billing dates, one earlier than the last completed run, a
    second run of the cycle while one is under way. A simulation is refused only the first. Refused too: a date that
    lies further ahead than Bill Ahead Days, unless `ahead` says that this is meant (RUN-10).
    """
    cycle = BillCycle.objects.filter(pk=bill_cycle_id).first()
    problems = Problems()
    if mode not in RunMode.values:
        problems.add("mode", "choice", f"mode is {' or '.join(RunMode.values)}, not {mode!r}", "RUN-6", mode)
    if cycle is None:
        problems.add("bill_cycle", "unknown", "there is no such bill cycle", "RUN-1", bill_cycle_id)
    else:
        _check_billing_date(problems, cycle, billing_date)
        check_not_too_far_ahead(problems, billing_date, mode, ahead)
    problems.raise_if_any()
    assert cycle is not None  # a missing one was refused
    try:
        with transaction.atomic():
            if mode == RunMode.BILL:
                _check_order(cycle, billing_date)
            needs_approval = mode == RunMode.BILL and read_settings().require_bill_run_approval
            run = BillRun.objects.create(
                bill_cycle=cycle, billing_date=billing_date, mode=mode, requires_approval=needs_approval
            )
            plan_run.enqueue(run_id=run.pk)
    except IntegrityError as taken:
        raise _under_way(cycle) from taken
    run.refresh_from_db()
    return run


def _check_billing_date(problems: Problems, cycle: BillCycle, billing_date: date) -> None:
    frequency = Frequency(cycle.frequency)
    if is_billing_date(cycle.start_date, frequency, billing_date):
        return
    following = next_billing_date(cycle.start_date, frequency, billing_date)
    message = (
        f"{billing_date} is not a billing date of {cycle.name} ({cycle.frequency} from {cycle.start_date});"
        f" the next one is {following}"
    )
    problems.add("billing_date", "not_a_billing_date", message, "RUN-1", str(billing_date))


def _check_order(cycle: BillCycle, billing_date: date) -> None:
    under_way = BillRun.objects.filter(bill_cycle=cycle, mode=RunMode.BILL, status__in=UNDER_WAY).first()
    if under_way is not None:
        raise _under_way(cycle, under_way)
    last = (
        BillRun.objects.filter(bill_cycle=cycle, mode=RunMode.BILL, status__in=COMPLETED)
        .order_by("-billing_date")
        .first()
    )
    if last is not None and billing_date < last.billing_date:
        raise conflict(
            "billing_date",
            "before_last_run",
            f"{cycle.name} was already run for {last.billing_date}; {billing_date} is earlier."
            " What was missed then is billed by the next run",
            "RUN-1",
            str(billing_date),
        )


def _under_way(cycle: BillCycle, run: BillRun | None = None) -> Exception:
    if run is not None and run.status == RunStatus.AWAITING_APPROVAL:
        message = f"the run of {cycle.name} for {run.billing_date} awaits approval; approve or discard it first"
        return conflict("bill_cycle", "awaiting_approval", message, "RUN-7", cycle.name)
    message = f"a run of {cycle.name} is under way; wait until it is finished"
    return conflict("bill_cycle", "run_under_way", message, "RUN-1", cycle.name)
