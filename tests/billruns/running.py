"""Bill runs done in the process of the test, and what they left behind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection, connections, transaction

from banyan.accounts.models import Account, BillCycle
from banyan.billruns import deciding
from banyan.billruns import run as steps
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ending import finish
from banyan.billruns.models import BillRun, RunMode
from banyan.catalog.models import Meter
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.tenants.queries import within_tenant
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.queries import invoices, lines_of
from banyan.kernel.ids import encode_id
from banyan.subscriptions.models import Charge, SubscriptionItem
from banyan.usage.actions.record_events import record_events
from banyan.usage.inputs import NewEvent

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
_events = count(1)


def begun(cycle: BillCycle, on: date, mode: str = RunMode.BILL) -> BillRun:
    """A run that no worker takes: it is started, and its jobs leave the queue before they can be seen."""
    with transaction.atomic():
        run = start_run(cycle.id, on, mode, ahead=True)
        forget_jobs(run)
    return run


def forget_jobs(run: BillRun) -> None:
    """Take the plan of a run out of the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name LIKE '%%plan_run' AND args->>'tenant' = %s"
            " AND args->>'run_id' = %s",
            [connection.schema_name, str(run.pk)],
        )


def completed(run: BillRun) -> BillRun:
    """The run after its jobs were done here, one after the other."""
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    finish(run.pk)
    run.refresh_from_db()
    return run


def run_for(cycle: BillCycle, on: date, mode: str = RunMode.BILL) -> BillRun:
    """A run of the cycle from its start to its end; completed without error unless the test says otherwise."""
    return completed(begun(cycle, on, mode))


def totals(run: BillRun) -> dict[int, Decimal]:
    """What each account was invoiced by a run, all its invoices together."""
    found: dict[int, Decimal] = {}
    for invoice in invoices_of(run):
        found[invoice.account_id] = found.get(invoice.account_id, Decimal(0)) + invoice.total
    return found


def invoices_of(run: BillRun, account: Account | None = None) -> list[Any]:
    """The invoices of a run, or those of one account, with net, total and balance."""
    found = invoices().filter(bill_run_id=run.pk)
    return list(found if account is None else found.filter(account=account))


def only_invoice(run: BillRun, account: Account | None = None) -> Any:
    """The one invoice that there is."""
    (invoice,) = invoices_of(run, account)
    return invoice


def lines_on(invoice: Invoice) -> list[Any]:
    """The lines of an invoice in their order, with net and total."""
    return list(lines_of(invoice.id))


def lines_by(run: BillRun) -> list[InvoiceLine]:
    """Every line of a run."""
    return [line for invoice in invoices_of(run) for line in lines_on(invoice)]


def used(account: Account, meter: Meter, quantity: int, on: date) -> None:
    """The account used so much on a day."""
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    event = NewEvent(f"event-{next(_events)}", encode_id("account", account.id), meter.key, at, Decimal(quantity))
    assert record_events([event]).accepted == 1


def checks(run: BillRun) -> dict[str, bool]:
    """Of the certificate each check with whether it holds."""
    return {check["check"]: check["holds"] for check in (run.certificate or {}).get("checks", [])}


def elsewhere(tenant: str, *work: Callable[[], Any]) -> list[Any]:
    """Each piece of work on a connection of its own, all at the same time; an exception is a result."""

    def do(piece: Callable[[], Any]) -> Any:
        try:
            with within_tenant(tenant):
                return piece()
        except Exception as failure:
            return failure
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(do, work))


def execute(sql: str, values: Sequence[object] | Mapping[str, object] | None = None) -> None:
    """A statement of the test's own."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@contextmanager
def without_guards(*tables: str) -> Iterator[None]:
    """Inside, the triggers of these tables are off: rows can be tampered with."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables:
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    execute("SET CONSTRAINTS ALL DEFERRED")


def as_if_there_were_payments() -> None:
    """From now on an invoice can be marked as paid, as it will be by a payment."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE invoices_invoice DROP CONSTRAINT what_is_paid_was_paid")
    execute("SET CONSTRAINTS ALL DEFERRED")


def require_approval(required: bool = True) -> None:
    """Whether runs that are started from now on have to be approved."""
    change_settings({"require_bill_run_approval": required})


def by_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided about a run, however small, is left to workers."""
    monkeypatch.setattr(deciding, "INVOICES_AT_ONCE", 0)


def decided(run: BillRun) -> BillRun:
    """The run after what was decided about it was done here, batch by batch, each twice."""
    for batch in run.batches.order_by("id"):
        for _ in range(2):
            deciding.decide_batch(batch.pk)
            finish(run.pk)
    run.refresh_from_db()
    return run


def billed_on(run: BillRun) -> list[tuple[Any, ...]]:
    """What a run billed, without anything that depends on when it did."""
    payers = {invoice.id: invoice.account_id for invoice in invoices_of(run)}
    return sorted(
        (payers[line.invoice_id], line.account_id, line.kind, line.period_start, line.period_end, line.total)
        for line in lines_by(run)
    )


def item_states() -> list[tuple[Any, ...]]:
    """How far every item is billed, and every charge."""
    items = SubscriptionItem.objects.order_by("id").values_list("id", "billed_until", "changed_from")
    return [*items, *Charge.objects.order_by("id").values_list("id", "billed")]
