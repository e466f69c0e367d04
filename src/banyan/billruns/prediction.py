"""What a run would come to, by doing it as a simulation and keeping nothing (RUN-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from banyan.accounts.models import BillCycle
from banyan.billruns.models import COMPLETED, BillRun, RunMode
from banyan.billruns.queries import totals_by_status
from banyan.billruns.run import bill_batch, plan
from banyan.kernel.calendar import Frequency, next_billing_date


@dataclass(frozen=True, slots=True)
class Prediction:
    """How many payers are invoiced and how many invoices that makes, their totals by currency, and how many accounts
    can't be billed."""

    payers: int
    invoices: int
    totals: Mapping[str, Decimal]
    errors: int


def predicted(cycle: BillCycle, billing_date: date) -> Prediction:
    """What a run for the date would come to now: it is simulated here and now, and nothing of it is kept.

    For a few hundred payers; of more start a simulation, which workers do.
    """
    with transaction.atomic():
        run = BillRun.objects.create(bill_cycle=cycle, billing_date=billing_date, mode=RunMode.SIMULATE)
        for batch in plan(run.pk):
            bill_batch(batch)
        totals = totals_by_status(run)
        found = Prediction(
            payers=run.simulated_invoices.values("account").distinct().count(),
            invoices=sum(each.invoices for each in totals),
            totals={each.currency: each.total for each in totals},
            errors=run.errors.count(),
        )
        transaction.set_rollback(True)
    return found


def dates_covered(cycle: BillCycle, billing_date: date) -> list[date]:
    """The billing dates that a run for this one catches up with, itself the last of them: all since the last completed
    run, or since the cycle's first date (RUN-1)."""
    runs = BillRun.objects.filter(bill_cycle=cycle, mode=RunMode.BILL, status__in=COMPLETED)
    last = runs.aggregate(last=Max("billing_date"))["last"]
    day = cycle.start_date if last is None else last + timedelta(days=1)
    found = []
    while (day := next_billing_date(cycle.start_date, Frequency(cycle.frequency), day)) < billing_date:
        found.append(day)
        day += timedelta(days=1)
    return [*found, billing_date]
