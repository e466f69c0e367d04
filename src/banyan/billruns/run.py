"""What happens in a bill run, in order:

1. `start_run` makes the run and enqueues its plan, in one transaction (RUN-1).
2. `plan` looks for late usage, cuts the payers of the bill cycle into batches and enqueues each (RUN-2).
3. `bill_batch`, for each batch on any worker: read facts as of one moment, let the engine make the bills, write them in
   one transaction that also marks the batch as done. A killed worker's batch is simply billed again.
4. `finish` (ending.py), after the last batch: the run proves itself and keeps the certificate (RUN-9).

A run that has to be approved has made drafts so far. What is decided about them, and about a run that is completed,
goes over the same batches again (deciding.py): issue, discard (RUN-7), reverse (RUN-8).
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from banyan.billruns.documents import accounts_named_in, invoice_document
from banyan.billruns.facts import Families, families_of, families_of_cycle, payers_of_cycle
from banyan.billruns.late_usage import mark_late_usage
from banyan.billruns.models import Batch, BillRun, HeldBack, RunError, RunMode, RunStatus, SimulatedInvoice, Step
from banyan.billruns.reading import one_moment
from banyan.billruns.states_before import keep_states_before
from banyan.billruns.unbillable import Unbillable, unbillable
from banyan.billruns.writing import ChangedMeanwhile, Issued, totals_of, write_bills
from banyan.engine.bill import bill
from banyan.engine.facts import Family
from banyan.engine.result import Bill
from banyan.foundation.garbage import no_search_for_cycles
from banyan.invoices.parties import accounts_now, parties_now
from banyan.subscriptions.queries import subscription_numbers

ACCOUNTS_A_BATCH = 5000
"""Payers and the accounts that they are responsible for: what a worker holds in memory is bounded by them."""
ACCOUNTS_A_LATE_BATCH = 2500
"""The same of those that are cut from what the last two batches would have been, so that the workers end together."""
ATTEMPTS = 5

log = logging.getLogger(__name__)

PLAN = """
WITH invoiced AS MATERIALIZED (
    SELECT DISTINCT invoice.account_id, item.id AS item_id
    FROM subscriptions_subscriptionitem item
    JOIN invoices_invoiceline line ON line.item_id = item.id AND line.live
    JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    WHERE item.changed_from IS NOT NULL
), payer AS (
    SELECT account.id,
           (sum(1 + coalesce(managed.accounts, 0)) OVER (ORDER BY account.id))::bigint AS accounts_so_far,
           (sum(1 + coalesce(managed.accounts, 0)) OVER ())::bigint AS accounts
    FROM accounts_account account
    LEFT JOIN (
        SELECT responsible_account_id AS account_id, count(*) AS accounts FROM relations_responsibleaccount
        WHERE during @> %(on)s::date GROUP BY responsible_account_id
    ) AS managed ON managed.account_id = account.id
    WHERE account.bill_cycle_id = %(cycle)s
      AND (NOT EXISTS (SELECT 1 FROM relations_responsibleaccount edge
                       WHERE edge.account_id = account.id AND edge.during @> %(on)s::date)
           OR account.id IN (SELECT account_id FROM invoiced))
), placed AS (
    SELECT id, is_late, (accounts_so_far - 1) / CASE WHEN is_late THEN %(late)s ELSE %(size)s END AS place
    FROM (SELECT *, (accounts_so_far - 1) / %(size)s >= (accounts - 1) / %(size)s - 1 AS is_late FROM payer) AS timed
)
INSERT INTO billruns_batch (run_id, first_account, last_account, payers, changed_items, done, invoices, totals)
SELECT %(run)s, min(placed.id), max(placed.id), count(DISTINCT placed.id),
       coalesce(array_agg(DISTINCT invoiced.item_id) FILTER (WHERE invoiced.item_id IS NOT NULL), '{}'), false, 0, '{}'
FROM placed LEFT JOIN invoiced ON invoiced.account_id = placed.id
GROUP BY placed.is_late, placed.place ORDER BY placed.is_late, placed.place
"""


def plan(run_id: int) -> list[int]:
    """Cut the run into batches of whole payers; their ids. A run that was planned before gives those not yet done."""
    with transaction.atomic():
        run = BillRun.objects.select_for_update().get(pk=run_id)
        mark_late_usage()  # again when the run is planned again, so that a retry bills what came late since (USE-2)
        if run.status == RunStatus.QUEUED:
            sizes = {"size": ACCOUNTS_A_BATCH, "late": min(ACCOUNTS_A_BATCH, ACCOUNTS_A_LATE_BATCH)}
            values: dict[str, Any] = {"run": run.pk, "cycle": run.bill_cycle_id, "on": run.billing_date}
            with connection.cursor() as cursor:
                cursor.execute(PLAN, values | sizes)
                cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
                (run.planned_in,) = cursor.fetchone()
            run.payers_total = sum(run.batches.values_list("payers", flat=True))
            run.status = RunStatus.RUNNING
            run.started_at = run.step_began_at = Now()
            run.save(update_fields=["payers_total", "status", "started_at", "step_began_at", "planned_in"])
        return list(run.batches.filter(done=False).order_by("id").values_list("id", flat=True))


def bill_batch(batch_id: int) -> int:
    """Bill the payers of a batch, once: a batch that is done stays as it is. The id of its run.

    What is changed while it is being billed is read again, so many times; after that payer by payer, so that what never
    stops changing holds up nobody else.
    """
    batch = Batch.objects.select_related("run").get(pk=batch_id)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with no_search_for_cycles():
                _bill_batch(batch)
        except ChangedMeanwhile as change:
            log.info("batch %s is read again after attempt %s: %s", batch.pk, attempt, change)
        else:
            return batch.run_id
    _bill_one_by_one(batch)
    return batch.run_id


def _bill_batch(batch: Batch) -> None:
    try:
        with one_moment():
            read = _read(batch)
        bills, left_out = bills_of(read.families, batch.run.billing_date)
        write_batch(batch, bills, read, left_out)
    except (OperationalError, InterfaceError, ChangedMeanwhile):
        raise  # the whole batch can be tried again
    except Exception:
        log.exception("batch %s could not be billed as a whole", batch.pk)
        _bill_one_by_one(batch)


def _read(batch: Batch) -> Families:
    run = batch.run
    accounts = batch.first_account, batch.last_account
    changed = cast("list[int]", batch.changed_items)  # a run's plan gives every batch its own
    return families_of_cycle(run.bill_cycle_id, *accounts, run.billing_date, changed)


def bills_of(families: Iterable[Family], billing_date: date) -> tuple[list[Bill], list[Unbillable]]:
    """Each family's bill; a family that the engine can't bill is told apart, with the reason, and left out (RUN-4)."""
    bills, failed = [], []
    for family in families:
        try:
            bills.append(bill(family, billing_date))
        except Exception as failure:
            log.exception("account %s could not be billed", family.payer.id)
            failed.append(unbillable(family.payer.id, failure))
    return bills, failed


def write_batch(batch: Batch, bills: Sequence[Bill], read: Families, left_out: Sequence[Unbillable]) -> None:
    with transaction.atomic():
        if not is_to_be_done(batch, Step.BILL):
            return
        _finish_batch(batch, _issue(batch, bills, read), left_out)


def is_to_be_done(batch: Batch, step: Step) -> bool:
    """Whether the batch still has to go through this step of its run; nobody else can do it until the commit."""
    open_batches = Batch.objects.select_for_update(of=("self",)).filter(
        done=False, run__status=RunStatus.RUNNING, run__step=step
    )
    return open_batches.filter(pk=batch.pk).exists()


def _issue(batch: Batch, bills: Sequence[Bill], read: Families) -> Issued:
    run = batch.run
    HeldBack.objects.bulk_create(
        HeldBack(run=run, account_id=one.payer.id, total=invoice.total, minimum=one.payer.minimum_invoice_amount)
        for one in bills
        for invoice in one.carried
    )
    if run.mode == RunMode.BILL:
        keep_states_before(batch, bills, read.families)
        return write_bills(bills, read.revisions, read.charge_revisions, run.pk, run.requires_approval)
    parties, accounts = parties_now([one.payer.id for one in bills]), accounts_now(_accounts_named_in(bills))
    numbers = subscription_numbers(
        line.subscription_id for one in bills for invoice in one.invoices for line in invoice.lines
    )
    SimulatedInvoice.objects.bulk_create(
        SimulatedInvoice(
            run=run,
            account_id=one.payer.id,
            document=invoice_document(one, invoice, run.pk, parties[one.payer.id], accounts, numbers),
        )
        for one in bills
        for invoice in one.invoices
    )
    return totals_of(bills)


def _accounts_named_in(bills: Sequence[Bill]) -> set[int]:
    return accounts_named_in(line for one in bills for invoice in one.invoices for line in invoice.lines)


def _finish_batch(batch: Batch, issued: Issued, left_out: Iterable[Unbillable]) -> None:
    RunError.objects.bulk_create(
        RunError(run_id=batch.run_id, account_id=one.account_id, code=one.code, message=one.message) for one in left_out
    )
    batch.done = True
    batch.invoices = issued.invoices
    batch.held_back = issued.held_back
    batch.totals = {currency: str(total) for currency, total in issued.totals.items()}
    batch.save(update_fields=["done", "invoices", "held_back", "totals"])


def _bill_one_by_one(batch: Batch) -> None:
    """After a whole batch could not be billed: find out which payers it is, list them, and bill the others (RUN-4)."""
    run = batch.run
    issued, left_out = Issued(0, {}, 0), []
    with transaction.atomic():
        if not is_to_be_done(batch, Step.BILL):
            return
        for payer in payers_of_cycle(run.bill_cycle_id, batch.first_account, batch.last_account):
            try:
                with transaction.atomic():
                    read = families_of([payer], run.billing_date, batch.changed_items)
                    bills, failed = bills_of(read.families, run.billing_date)
                    issued += _issue(batch, bills, read)
                    left_out += failed
            except (OperationalError, InterfaceError):
                raise
            except Exception as failure:
                log.exception("account %s could not be billed", payer)
                left_out.append(unbillable(payer, failure))
        _finish_batch(batch, issued, left_out)
