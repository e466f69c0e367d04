"""What happens in a bill run, in order:

1. `start_run` makes the run and enqueues its plan, in one transaction (RUN-1).
2. `plan` looks for late usage, cuts the payers of the bill cycle into batches and enqueues each (RUN-2).
3. `bill_batch`, for each batch on any worker: read facts as of one moment, let the engine make the bills, write them in
   one transaction that also marks the batch as done. A killed worker's batch is simply billed again. One that changes
   again and again in between is billed in parts, and a payer that still does is held still for it.
4. `finish` (ending.py), after the last batch: the run proves itself and keeps the certificate (RUN-9).

A run that has to be approved has made drafts so far. What is decided about them, and about a run that is completed,
goes over the same batches again (deciding.py): issue, discard (RUN-7), reverse (RUN-8).
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from banyan.billruns.documents import accounts_named_in, invoice_document
from banyan.billruns.facts import NOTHING, Families, families_of, families_of_cycle, payers_of_cycle
from banyan.billruns.late_usage import mark_late_usage
from banyan.billruns.models import Batch, BillRun, HeldBack, RunError, RunMode, RunStatus, SimulatedInvoice, Step
from banyan.billruns.reading import one_moment
from banyan.billruns.states_before import keep_states_before
from banyan.billruns.unbillable import Unbillable, unbillable
from banyan.billruns.writing import ChangedMeanwhile, Issued, hold_still, totals_of, write_bills
from banyan.engine.bill import bill
from banyan.engine.facts import Family
from banyan.engine.result import Bill
from banyan.foundation.gc_pauses import gc_paused
from banyan.invoices.parties import accounts_now, parties_now
from banyan.subscriptions.queries import subscription_numbers

ACCOUNTS_A_BATCH = 5000
"""Payers and the accounts that they are responsible for: what a worker holds in memory is bounded by them."""
ACCOUNTS_A_LATE_BATCH = 2500
"""The same of those that are cut from what the last two batches would have been, so that the workers end together."""
PAYERS_A_PART = 50
"""Of a batch that does not stop changing: who changes something waits for so many at most."""
ATTEMPTS = 3

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

    What is changed while it is being billed is read again, so many times; after that it is billed in parts.
    """
    batch = Batch.objects.select_related("run").get(pk=batch_id)
    with gc_paused():
        if batch.billed_to is not None or not _is_billed_as_a_whole(batch):
            bill_in_parts(batch)
    return batch.run_id


def _is_billed_as_a_whole(batch: Batch) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with one_moment():
                read = _read(batch)
            bills, left_out = bills_of(read.families, batch.run.billing_date)
            write_batch(batch, bills, read, left_out)
        except ChangedMeanwhile as change:
            log.info("batch %s is read again after attempt %s: %s", batch.pk, attempt, change)
        except (OperationalError, InterfaceError):
            raise  # the whole batch can be tried again
        except Exception:
            log.exception("batch %s could not be billed as a whole", batch.pk)
            return False
        else:
            return True
    return False


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
    batch.done = True
    _keep(batch, issued, left_out, "done")


def _keep(batch: Batch, issued: Issued, left_out: Iterable[Unbillable], how_far: str) -> None:
    """What came of the batch, or of it so far; `how_far` is the field that says how far it is."""
    RunError.objects.bulk_create(
        RunError(run_id=batch.run_id, account_id=one.account_id, code=one.code, message=one.message) for one in left_out
    )
    batch.invoices = issued.invoices
    batch.held_back = issued.held_back
    batch.totals = {currency: str(total) for currency, total in issued.totals.items()}
    batch.save(update_fields=["invoices", "held_back", "totals", how_far])


def bill_in_parts(batch: Batch) -> None:
    """Bill a batch that could not be billed as a whole, some payers after others, each part in a transaction of its own
    that also keeps how far the batch is: whoever changes something of it, or needs a number for an invoice, waits for
    one part at most (RUN-2), and a payer that can't be billed holds up nobody else (RUN-4).
    """
    first = batch.first_account if batch.billed_to is None else batch.billed_to + 1
    payers = payers_of_cycle(batch.run.bill_cycle_id, first, batch.last_account)
    for start in range(0, len(payers), PAYERS_A_PART):
        _bill_part(batch, payers[start : start + PAYERS_A_PART])
    with transaction.atomic():
        if is_to_be_done(batch, Step.BILL):
            batch.done = True
            batch.save(update_fields=["done"])


def _bill_part(batch: Batch, payers: Sequence[int]) -> None:
    try:
        _bill_as_read(batch, payers)
    except (OperationalError, InterfaceError):
        raise
    except Exception as failure:
        log.info("payers %s to %s of batch %s are billed one by one: %s", payers[0], payers[-1], batch.pk, failure)
        for payer in payers:
            _bill_one(batch, payer)


def _bill_one(batch: Batch, payer: int) -> None:
    """Bill a payer; one that does not stop changing is held still for it, and what can't be billed is listed."""
    for bill_payers in (*[_bill_as_read] * ATTEMPTS, *[_bill_held_still] * ATTEMPTS):
        try:
            bill_payers(batch, [payer])
        except (OperationalError, InterfaceError):
            raise
        except ChangedMeanwhile as change:
            reason: Exception = change
        except Exception as failure:
            log.exception("account %s could not be billed", payer)
            reason = failure
            break
        else:
            return
    write_part(batch, [payer], [], NOTHING, [unbillable(payer, reason)])


def _bill_as_read(batch: Batch, payers: Sequence[int]) -> None:
    with one_moment():
        read = _read_part(batch, payers)
    bills, left_out = bills_of(read.families, batch.run.billing_date)
    write_part(batch, payers, bills, read, left_out)


def _bill_held_still(batch: Batch, payers: Sequence[int]) -> None:
    """In one transaction in which nobody changes what is billed: who wants to waits for the end of it."""
    with transaction.atomic():
        if _is_next(batch, payers):
            read = _read_part(batch, payers)
            hold_still(read.revisions, read.charge_revisions)
            read = _read_part(batch, payers)
            bills, left_out = bills_of(read.families, batch.run.billing_date)
            _add_part(batch, payers, _issue(batch, bills, read), left_out)


def _read_part(batch: Batch, payers: Sequence[int]) -> Families:
    return families_of(payers, batch.run.billing_date, batch.changed_items)


def write_part(
    batch: Batch, payers: Sequence[int], bills: Sequence[Bill], read: Families, left_out: Sequence[Unbillable]
) -> None:
    with transaction.atomic():
        if _is_next(batch, payers):
            _add_part(batch, payers, _issue(batch, bills, read), left_out)


def _is_next(batch: Batch, payers: Sequence[int]) -> bool:
    """Whether these payers of the batch are still to be billed; nobody else can do it until the commit."""
    if not is_to_be_done(batch, Step.BILL):
        return False
    batch.refresh_from_db(fields=["billed_to", "invoices", "held_back", "totals"])
    return batch.billed_to is None or batch.billed_to < payers[0]


def _add_part(batch: Batch, payers: Sequence[int], issued: Issued, left_out: Iterable[Unbillable]) -> None:
    before = Issued(batch.invoices, {name: Decimal(total) for name, total in batch.totals.items()}, batch.held_back)
    batch.billed_to = payers[-1]
    _keep(batch, before + issued, left_out, "billed_to")
