"""PERF-1: a bill run against the time in which the same database inserts the same rows from a SELECT."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
from django.db import connection

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.billruns import run as bill_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ending import finish
from banyan.billruns.facts import families_of_cycle
from banyan.billruns.models import UNDER_WAY, Batch, BillRun, RunStatus
from banyan.billruns.queries import run_progress
from banyan.billruns.reading import one_moment
from banyan.foundation.gc_pauses import gc_paused
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from benchmarks.population import populate
from benchmarks.processor_time import seconds_of, server

WORKERS = 2
FIRST_MONTH = date(2026, 1, 1)
SECOND_MONTH = date(2026, 2, 1)
ROWS_OF_A_RUN = {
    "invoices_invoice": "SELECT * FROM invoices_invoice WHERE bill_run_id = %(run)s",
    "invoices_invoiceline": """SELECT line.* FROM invoices_invoice invoice
        JOIN invoices_invoiceline line ON line.invoice_id = invoice.id WHERE invoice.bill_run_id = %(run)s""",
    "ledger_posting": """SELECT posting.* FROM invoices_invoice invoice
        JOIN ledger_posting posting ON posting.source_id = invoice.id WHERE invoice.bill_run_id = %(run)s""",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """How long something took on the clock, and the processor time that it used: Python's, and PostgreSQL's."""

    seconds: float
    python: float
    postgresql: float

    @property
    def processor(self) -> float:
        return self.python + self.postgresql


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its size, what it and its floor cost, the most memory of a worker (MiB), and what a second run spent on
    reading, computing and writing.
    """

    accounts: int
    invoices: int
    lines: int
    run: Cost
    floor: Cost
    memory: int
    phases: dict[str, float]

    @property
    def ratio(self) -> float:
        return self.run.seconds / self.floor.seconds

    @property
    def processor_ratio(self) -> float:
        """The ratio on a machine that does nothing else: the run has as many processors as workers, the floor one."""
        return self.run.processor / WORKERS / self.floor.processor


class RunNotCompletedError(Exception):
    """A measured run did not end well."""


def measure(accounts: int) -> Measured:
    """Bill a fresh tenant of so many accounts twice: once by workers, for the time, once here, for the shares."""
    with tenant_of_its_own(f"bench_{accounts}"):
        cycle = populate("bench", accounts, FIRST_MONTH, 1_000_000)
        with workers() as processes:
            run, cost, memory = billed_by_workers(cycle, FIRST_MONTH, processes)
        return Measured(
            accounts=accounts,
            invoices=run_progress([run])[run.pk].invoice_count,
            lines=_count_lines(run),
            run=cost,
            floor=sorted((_floor(run) for _ in range(3)), key=lambda floor: floor.processor)[1],
            memory=memory,
            phases=billed_here(cycle, SECOND_MONTH),
        )


@contextmanager
def tenant_of_its_own(name: str) -> Iterator[None]:
    """Work in a fresh tenant."""
    name = f"{name}_{os.getpid()}"
    create_tenant(name, name, (), set_up_tenant)
    with within_tenant(name):
        yield


def billed_by_workers(cycle: int, day: date, processes: psutil.Process) -> tuple[BillRun, Cost, int]:
    """A run that those workers do, what it cost, and the most memory that one of them held, in MiB."""
    clock = Clock(processes)
    memory = 0
    run = start_run(cycle, day)
    while run.status in UNDER_WAY:
        time.sleep(0.05)
        run.refresh_from_db()
        memory = max([memory, *(child.memory_info().rss for child in processes.children(recursive=True))])
    cost = clock.cost()
    if run.status != RunStatus.COMPLETED:
        raise RunNotCompletedError(f"the run for {day} is {run.status}: {run.certificate}")
    return run, cost, memory >> 20


class Clock:
    """Runs from its making on: the clock on the wall, and the processor time of some processes and of PostgreSQL."""

    def __init__(self, python: psutil.Process | None = None) -> None:
        self._python = python
        self._server = server()
        self._began = self._now()

    def cost(self) -> Cost:
        """What was spent since then."""
        return Cost(*(now - began for now, began in zip(self._now(), self._began, strict=True)))

    def _now(self) -> tuple[float, float, float]:
        python = 0.0 if self._python is None else seconds_of(self._python)
        return time.perf_counter(), python, seconds_of(self._server)


@contextmanager
def workers() -> Iterator[psutil.Process]:
    """Real worker processes, ready to take jobs."""
    command = [str(Path(sys.executable).parent / "banyan"), "worker", "--processes", str(WORKERS)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_for_workers()
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _wait_for_workers() -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM public.procrastinate_workers WHERE last_heartbeat > now() - interval '8 s'"
            )
            if cursor.fetchone()[0] >= WORKERS:
                return
        time.sleep(0.1)
    raise RunNotCompletedError("no workers came up in a minute")


def _floor(run: BillRun) -> Cost:
    """Insert the rows of a run into empty tables with the same columns, constraints and indexes (no trigger of theirs
    fires on an insert); a table a transaction, on one connection.
    """
    with connection.cursor() as cursor:
        for table in ROWS_OF_A_RUN:
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
        clock = Clock()
        for table, rows in ROWS_OF_A_RUN.items():
            cursor.execute(f"INSERT INTO floor_{table} OVERRIDING SYSTEM VALUE {rows}", {"run": run.pk})
        cost = clock.cost()
        for table in ROWS_OF_A_RUN:
            cursor.execute(f"DROP TABLE floor_{table}")
        return cost


def _count_lines(run: BillRun) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({ROWS_OF_A_RUN['invoices_invoiceline']}) AS line", {"run": run.pk})
        return int(cursor.fetchone()[0])


def billed_here(cycle: int, day: date) -> dict[str, float]:
    """Bill in this process; the seconds of reading, computing and writing."""
    run = BillRun.objects.create(bill_cycle_id=cycle, billing_date=day)
    spent = {"read": 0.0, "compute": 0.0, "write": 0.0}
    for batch in Batch.objects.filter(pk__in=bill_run.plan(run.pk)).select_related("run"):
        changed = batch.changed_items or []
        clock = [time.perf_counter()]
        with gc_paused():
            with one_moment():
                read = families_of_cycle(cycle, batch.first_account, batch.last_account, day, changed)
            clock.append(time.perf_counter())
            bills, unbillable = bill_run.bills_of(read.families, day)
            clock.append(time.perf_counter())
            bill_run.write_batch(batch, bills, read, unbillable)
            clock.append(time.perf_counter())
        for phase, begin, end in zip(spent, clock[:-1], clock[1:], strict=True):
            spent[phase] += end - begin
    finish(run.pk)
    return spent
