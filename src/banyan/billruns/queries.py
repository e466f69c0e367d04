"""Reads: progress of runs, and what the next run would bill."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import InterfaceError, OperationalError
from django.db.models import Max

from banyan.accounts.models import Account, AccountStatus, BillCycle
from banyan.billruns.ahead import check_within_sight
from banyan.billruns.facts import families_of
from banyan.billruns.late_usage import mark_late_usage
from banyan.billruns.models import COMPLETED, BillRun, RunMode
from banyan.billruns.reading import one_moment
from banyan.billruns.rows import array_of_days, rows
from banyan.billruns.unbillable import reason_of
from banyan.engine.bill import bill
from banyan.engine.result import Bill, Line
from banyan.foundation.arrays import array
from banyan.foundation.clock import now
from banyan.invoices.models import Invoice
from banyan.invoices.parties import accounts_now, labels
from banyan.kernel.calendar import Frequency, next_billing_date
from banyan.kernel.refusals import conflict
from banyan.organizations.access_scope import current_access_scope

log = logging.getLogger(__name__)

PROGRESS = """
SELECT run_id, coalesce(sum(payers) FILTER (WHERE done), 0), coalesce(sum(invoices), 0), coalesce(sum(held_back), 0)
FROM billruns_batch
WHERE run_id = ANY(%(runs)s) GROUP BY run_id
"""

TOTALS = """
SELECT batch.run_id, total.key, sum(total.value::numeric)
FROM billruns_batch batch, jsonb_each_text(batch.totals) AS total
WHERE batch.run_id = ANY(%(runs)s) GROUP BY batch.run_id, total.key ORDER BY total.key
"""

SIMULATED_IN_REACH = """
SELECT simulated.run_id, simulated.document ->> 'currency', count(*), sum((simulated.document ->> 'total')::numeric)
FROM billruns_simulatedinvoice simulated JOIN accounts_account account ON account.id = simulated.account_id
WHERE simulated.run_id = ANY(%(runs)s) AND account.organization_id = ANY(%(organizations)s)
GROUP BY 1, 2 ORDER BY 2
"""

INVOICED_IN_REACH = """
SELECT invoice.bill_run_id, invoice.currency, count(*), sum(invoice.gross - invoice.discount + invoice.tax)
FROM invoices_invoice invoice JOIN accounts_account account ON account.id = invoice.account_id
WHERE invoice.bill_run_id = ANY(%(runs)s) AND invoice.reissue_of IS NULL
  AND account.organization_id = ANY(%(organizations)s)
GROUP BY 1, 2 ORDER BY 2
"""

TOTALS_BY_STATUS = """
SELECT currency, status, count(*), sum(gross - discount + tax)
FROM invoices_invoice WHERE bill_run_id = %(run)s GROUP BY currency, status
UNION ALL
SELECT document ->> 'currency', 'simulated', count(*), sum((document ->> 'total')::numeric)
FROM billruns_simulatedinvoice WHERE run_id = %(run)s GROUP BY document ->> 'currency'
ORDER BY 1, 2
"""

PAYERS_OF_CHARGES = """
SELECT DISTINCT coalesce(edge.responsible_account_id, payer.id)
FROM (
    SELECT %(account)s::bigint AS id
    UNION
    SELECT chosen.id
    FROM subscriptions_subscription subscription
    JOIN accounts_account source ON source.id = subscription.account_id
    JOIN subscriptions_whopays who ON who.subscription_id = subscription.id AND who.during @> %(on)s::date
    LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
    JOIN accounts_account chosen
        ON chosen.customer_id = coalesce(grp.payer_id, source.customer_id) AND chosen.is_default
    WHERE subscription.account_id = %(account)s
    UNION
    SELECT invoice.account_id
    FROM subscriptions_subscription subscription
    JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
    JOIN invoices_invoiceline line ON line.item_id = item.id AND line.live
    JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    WHERE subscription.account_id = %(account)s AND item.changed_from IS NOT NULL
    UNION
    SELECT banyan_account_chosen_for(charge.id, %(on)s) FROM subscriptions_charge charge
    WHERE charge.account_id = %(account)s AND NOT charge.billed AND charge.who_pays_mode IS NOT NULL
) AS payer
LEFT JOIN relations_responsibleaccount edge ON edge.account_id = payer.id AND edge.during @> %(on)s::date
UNION
SELECT %(account)s
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """RUN-5: how far a run is, what it invoiced so far by currency, how long it will still take (None: not known).

    `payers_held_back` have charges on an invoice that is not issued: below their minimum, or a credit (INV-7).
    """

    payers_done: int
    invoice_count: int
    payers_held_back: int
    totals: dict[str, Decimal]
    time_left: timedelta | None


def latest_runs(limit: int) -> list[BillRun]:
    """The runs that were started last, newest first, with their bill cycles."""
    return list(BillRun.objects.select_related("bill_cycle").order_by("-pk")[:limit])


def run_progress(runs: Iterable[BillRun]) -> dict[int, Progress]:
    """The progress of each run, by id."""
    by_id = {run.pk: run for run in runs}
    counts = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows(PROGRESS, runs=array(by_id))}
    totals: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for run_id, currency, total in rows(TOTALS, runs=array(by_id)):
        totals[run_id][currency] = total
    return {run_id: _progress(run, *counts.get(run_id, (0, 0, 0)), totals[run_id]) for run_id, run in by_id.items()}


@dataclass(slots=True)
class RunResult:
    """What a run came to: how many invoices, and their totals by currency."""

    invoice_count: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)


def results_in_scope(runs: Iterable[BillRun]) -> dict[int, RunResult]:
    """What runs and simulations came to for accounts that are in the caller's organizations, by run (ORG-3)."""
    results = {run.pk: RunResult() for run in runs}
    asked = {"runs": array(results), "organizations": array(current_access_scope().organizations or ())}
    for sql in (INVOICED_IN_REACH, SIMULATED_IN_REACH):
        for run_id, currency, count, total in rows(sql, **asked):
            results[run_id].invoice_count += count
            results[run_id].totals[currency] = total
    return results


@dataclass(frozen=True, slots=True)
class StatusTotal:
    """The invoices of a run that have a status, in one currency."""

    currency: str
    status: str
    invoices: int
    total: Decimal


def totals_by_status(run: BillRun) -> list[StatusTotal]:
    """What a run invoiced, or a simulation would have, by currency and by how the invoices stand now."""
    return [StatusTotal(*row) for row in rows(TOTALS_BY_STATUS, run=run.pk)]


def _progress(run: BillRun, payers_done: int, invoices: int, held_back: int, totals: dict[str, Decimal]) -> Progress:
    time_left = _time_left(run.step_began_at, payers_done, run.payers_total)
    return Progress(payers_done, invoices, held_back, totals, time_left)


def _time_left(started: datetime | None, done: int, total: int) -> timedelta | None:
    if started is None or not done:
        return None
    return (now() - started) / done * max(0, total - done)


@dataclass(frozen=True, slots=True)
class PendingLine:
    """INV-8: a line that the next run would bill, on the bill of its payer."""

    line: Line
    bill: Bill


def pending_charges(account_id: int, billing_date: date) -> list[PendingLine]:
    """What a run for that date would bill: the charges of the account, and those that it pays for others.

    Computed by the engine, as a run computes them; lines that INV-7 would still hold back are in it too. Refused, with
    the reason, where a run would list a payer as one that can't be billed (RUN-4); and a date years ahead (RUN-10).
    """
    check_within_sight(billing_date)
    mark_late_usage()
    try:
        with one_moment():
            payers = [row[0] for row in rows(PAYERS_OF_CHARGES, account=account_id, on=billing_date)]
            read = families_of(payers, billing_date)
        bills = [bill(family, billing_date) for family in read.families]
    except (OperationalError, InterfaceError):
        raise
    except Exception as failure:
        log.exception("what account %s has pending could not be worked out", account_id)
        message = f"a run for {billing_date} could not bill this account: {reason_of(failure)}"
        raise conflict("account", "cannot_be_billed", message, "RUN-4", account_id) from failure
    found = [
        PendingLine(line, one) for one in bills for invoice in (*one.invoices, *one.carried) for line in invoice.lines
    ]
    return [pending for pending in found if account_id in (pending.line.account_id, pending.bill.payer.id)]


def decided_on(invoice: Invoice) -> date:
    """The billing date as of which an invoice was decided: of a reissued one that of its run, not its own (INV-10)."""
    if invoice.reissue_of is None:
        return invoice.invoice_date
    run = BillRun.objects.filter(pk=invoice.bill_run_id).first()
    return invoice.invoice_date if run is None else run.billing_date


def account_labels(account_ids: Iterable[int]) -> dict[int, str]:
    """What to call the accounts that are in reach in sentences: number and name, by id."""
    return labels(accounts_now(account_ids))


def next_invoice_dates(accounts: Collection[Account]) -> dict[int, date | None]:
    """The first billing date that no run is completed for, by account, be it past or to come: when its charges are
    invoiced next, on itself or on the account responsible for it, which has the same cycle (BHI-2). None for an
    inactive account."""
    ids = {account.bill_cycle_id for account in accounts}
    cycles = BillCycle.objects.in_bulk(ids)
    runs = BillRun.objects.filter(bill_cycle_id__in=ids, mode=RunMode.BILL, status__in=COMPLETED)
    last = dict(runs.values_list("bill_cycle_id").annotate(Max("billing_date")))

    def of(account: Account) -> date | None:
        if account.status == AccountStatus.INACTIVE:
            return None
        cycle = cycles[account.bill_cycle_id]
        not_billed = last[cycle.pk] + timedelta(days=1) if cycle.pk in last else date.min
        first = max(account.start_date, cycle.start_date, not_billed)
        return next_billing_date(cycle.start_date, Frequency(cycle.frequency), first)

    return {account.id: of(account) for account in accounts}


@dataclass(frozen=True, slots=True)
class DueCycle:
    """A bill cycle with the first of its billing dates that no run is completed for, and what a run for it looks at:
    the accounts of the cycle that are started by then, and of these the ones that are invoiced themselves; `or_more`
    where not all were counted.
    """

    cycle: BillCycle
    date: date
    accounts: int
    payers: int
    or_more: bool


ON_CYCLES = """
SELECT due.cycle, count(account.id), count(account.id) FILTER (WHERE NOT EXISTS (
    SELECT 1 FROM relations_responsibleaccount edge WHERE edge.account_id = account.id AND edge.during @> due.day))
FROM unnest(%(cycles)s::bigint[], %(days)s::date[]) AS due(cycle, day)
LEFT JOIN LATERAL (
    SELECT id FROM accounts_account
    WHERE bill_cycle_id = due.cycle AND status <> 'inactive' AND start_date <= due.day
    ORDER BY id LIMIT %(at_most)s
) AS account ON true
GROUP BY due.cycle
"""


def next_run_dates(cycles: Iterable[BillCycle]) -> dict[BillCycle, date]:
    """The first billing date of each cycle that no run is completed for (RUN-1)."""
    of = list(cycles)
    runs = BillRun.objects.filter(bill_cycle__in=of, mode=RunMode.BILL, status__in=COMPLETED)
    last = dict(runs.values_list("bill_cycle_id").annotate(last=Max("billing_date")))
    return {
        cycle: next_billing_date(
            cycle.start_date,
            Frequency(cycle.frequency),
            last[cycle.pk] + timedelta(days=1) if cycle.pk in last else cycle.start_date,
        )
        for cycle in of
    }


def due_cycles(days: Mapping[BillCycle, date], at_most: int) -> list[DueCycle]:
    """What a run of each cycle for its day looks at, the earliest first; of each so many accounts are counted."""
    cycles = array(cycle.pk for cycle in days)
    numbers = {
        cycle: (accounts, payers, accounts == at_most)
        for cycle, accounts, payers in rows(
            ON_CYCLES, cycles=cycles, days=array_of_days(days.values()), at_most=at_most
        )
    }
    found = [DueCycle(cycle, day, *numbers[cycle.pk]) for cycle, day in days.items()]
    return sorted(found, key=lambda each: (each.date, each.cycle.name))
