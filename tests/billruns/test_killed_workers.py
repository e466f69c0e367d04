"""Workers, and the database itself, are killed in the middle of runs: the runs finish by themselves (RUN-2, REL-A)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
import pytest

from banyan.foundation.embedded import EmbeddedServer
from banyan.foundation.worker import TAKEN_FOR_LOST
from tests.billruns.installation_of_tests import PAYERS_A_BATCH, TENANT
from tests.serving import free_port

ACCOUNTS = 3000
PAYERS = ACCOUNTS // 5
BATCHES = PAYERS // PAYERS_A_BATCH
LINES = ACCOUNTS * 2
JANUARY, FEBRUARY, MARCH, APRIL, MAY = (f"2026-{month:02}-01" for month in range(1, 6))
PATIENCE = 60.0
ROUNDS = int(os.environ.get("BANYAN_FAULT_ROUNDS", "2"))


@dataclass(frozen=True, slots=True)
class Installation:
    """An embedded server of its own, as safe as for real use, and processes that work with it."""

    server: EmbeddedServer

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """A Python module as a process of its own."""
        environment = {**os.environ, "BANYAN_DATA_DIR": str(self.server.folder)}
        return subprocess.Popen([sys.executable, "-m", *arguments], env=environment, text=True, **options)

    def begin_run(self, on: str, *needs: str) -> int:
        return int(self.done("tests.billruns.installation_of_tests", str(ACCOUNTS), on, *needs).split()[-1])

    def done(self, *arguments: str) -> str:
        """What a Python module prints that ends well."""
        process = self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        printed, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors + printed
        return str(printed)

    def ask(self, question: str, *values: object) -> Any:
        """The one answer to a question about the tenant."""
        with psycopg.connect(self.server.conninfo(), options=f"-c search_path={TENANT},public") as connection:
            row = connection.execute(question, values).fetchone()
        assert row is not None
        return row[0]

    def batches_done(self, run: int) -> int:
        try:
            return int(self.ask("SELECT count(*) FROM billruns_batch WHERE run_id = %s AND done", run))
        except psycopg.OperationalError:  # the server is not there right now
            return 0

    def status(self, run: int) -> str:
        try:
            return str(self.ask("SELECT status FROM billruns_billrun WHERE id = %s", run))
        except psycopg.OperationalError:
            return "unreachable"

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.server.data / "postmaster.pid").read_text().split("\n", 1)[0]))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    server = EmbeddedServer(tmp_path_factory.mktemp("killed") / "data", {"shared_buffers": "64MB"})
    server.use()
    yield Installation(server)
    if not server.is_alive():
        server.use()
    server.leave()


def wait_until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill -9 a process and what it started."""
    for victim in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        victim.send_signal(signal.SIGKILL)
    process.wait()


def everything_is_billed_once(installation: Installation, run: int, runs: int) -> None:
    """After so many runs: every item and month once, no gap in the numbers, ledger and certificate without fault."""
    ask = installation.ask
    assert installation.status(run) == "completed"
    assert ask("SELECT count(*) FROM invoices_invoice") == PAYERS * runs
    assert ask("SELECT count(*) FROM invoices_invoiceline") == LINES * runs
    assert ask("SELECT count(DISTINCT (item_id, period_start)) FROM invoices_invoiceline") == LINES * runs
    assert ask("SELECT count(DISTINCT sequence_number) FROM invoices_invoice") == PAYERS * runs
    assert ask("SELECT max(sequence_number) FROM invoices_invoice") == PAYERS * runs
    assert ask("SELECT last_number FROM invoices_invoicecounter") == PAYERS * runs
    invoiced = ask("SELECT sum(gross - discount + tax) FROM invoices_invoice")
    assert ask("SELECT sum(gross - discount + tax) FROM invoices_invoiceline") == invoiced
    assert ask("SELECT sum(amount) FROM ledger_posting WHERE debit_kind = 'receivable'") == invoiced
    certificate = ask("SELECT certificate FROM billruns_billrun WHERE id = %s", run)
    assert [check["holds"] for check in certificate["checks"]] == [True] * 3


@pytest.mark.rule("RUN-2", "REL-A", "INV-3", "RUN-9")
def test_a_run_whose_workers_are_killed_again_and_again_finishes_by_itself(installation: Installation) -> None:
    chance = random.Random(20260101)
    run = installation.begin_run(JANUARY)
    for stop_at in (1, BATCHES // 3, BATCHES * 2 // 3):
        workers = [installation.start("banyan.cli.worker") for _ in range(2)]
        wait_until(lambda stop_at=stop_at: installation.batches_done(run) >= stop_at)
        for worker in workers:
            time.sleep(chance.uniform(0, 0.05))
            kill(worker)
        assert installation.batches_done(run) < BATCHES, "the workers were done before they were killed"
    workers = [installation.start("banyan.cli.worker") for _ in range(2)]
    wait_until(lambda: installation.status(run) == "completed")
    for worker in workers:
        kill(worker)
    everything_is_billed_once(installation, run, runs=1)


@pytest.mark.rule("RUN-2", "REL-A", "INV-3", "SYS-1")
def test_a_run_whose_database_is_killed_finishes_by_itself(installation: Installation) -> None:
    run = installation.begin_run(FEBRUARY)
    supervisor = installation.start("banyan.cli", "worker", "--processes", "2")
    try:
        wait_until(lambda: installation.batches_done(run) >= BATCHES // 4)
        installation.postmaster().send_signal(signal.SIGKILL)
        wait_until(lambda: installation.status(run) == "unreachable")
        wait_until(lambda: installation.status(run) == "completed")
    finally:
        kill(supervisor)
    everything_is_billed_once(installation, run, runs=2)


def backend_in_a_transaction(installation: Installation) -> int:
    """Of a worker that has written something and not committed it, and does nothing; 0 while there is none."""
    return int(
        installation.ask(
            "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE application_name LIKE 'banyan worker %%'"
            " AND state = 'idle in transaction' AND backend_xid IS NOT NULL"
        )
    )


def is_frozen_in_a_transaction(installation: Installation, worker: subprocess.Popen[str]) -> bool:
    """Stop the worker (SIGSTOP) and look whether it was in the middle of one; else it goes on."""
    worker.send_signal(signal.SIGSTOP)
    time.sleep(0.1)  # what it had asked for before is done by now
    if backend_in_a_transaction(installation):
        return True
    worker.send_signal(signal.SIGCONT)
    time.sleep(0.01)
    return False


@pytest.mark.rule("RUN-2", "REL-A", "REL-C", "INV-3", "RUN-9")
def test_a_run_one_of_whose_workers_is_frozen_in_the_middle_of_a_batch_is_ended_by_the_others(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANYAN_WORKER_LEASE_SECONDS", "6")
    run = installation.begin_run(MARCH)
    frozen = installation.start("banyan.cli.worker")
    wait_until(lambda: is_frozen_in_a_transaction(installation, frozen))
    backend = backend_in_a_transaction(installation)
    other = installation.start("banyan.cli.worker")
    try:
        wait_until(lambda: installation.status(run) == "completed")
        assert installation.ask("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", backend) == 0
        frozen.send_signal(signal.SIGCONT)
        assert frozen.wait(PATIENCE) == TAKEN_FOR_LOST
    finally:
        kill(other)
    everything_is_billed_once(installation, run, runs=3)
    installation.done("banyan.cli", "verify", "--tenant", TENANT)


def is_decided_in_spite_of_kills(installation: Installation, run: int, verb: str, chance: random.Random) -> None:
    """Have workers approve or reverse a run; kill -9 them, then the database, at a moment that chance gives."""
    installation.done("banyan.cli", "bill-run", verb, f"run_{run}", "--tenant", TENANT, "--no-wait")
    workers = [installation.start("banyan.cli.worker") for _ in range(2)]
    stop_at = chance.randint(1, BATCHES // 2)
    wait_until(lambda: installation.batches_done(run) >= stop_at)
    for worker in workers:
        kill(worker)
    assert installation.status(run) == "running", "the workers were done before they were killed"
    supervisor = installation.start("banyan.cli", "worker", "--processes", "2")
    try:
        wait_until(lambda: installation.batches_done(run) > stop_at)
        installation.postmaster().send_signal(signal.SIGKILL)
        wait_until(lambda: installation.status(run) not in ("running", "unreachable"))
    finally:
        kill(supervisor)


@pytest.mark.rule("RUN-2", "RUN-7", "RUN-8", "REL-A", "REL-C", "INV-3")
def test_approving_and_reversing_finish_by_themselves_whatever_is_killed(installation: Installation) -> None:
    chance = random.Random(20260301)
    run = installation.begin_run(APRIL, "approval")
    workers = [installation.start("banyan.cli.worker") for _ in range(2)]
    wait_until(lambda: installation.status(run) == "awaiting_approval")
    for worker in workers:
        kill(worker)
    for verb, status in (("approve", "completed"), ("reverse", "reversed")):
        is_decided_in_spite_of_kills(installation, run, verb, chance)
        assert installation.status(run) == status
        installation.done("banyan.cli", "verify", "--tenant", TENANT)
    assert installation.ask("SELECT count(*) FROM invoices_invoice WHERE bill_run_id = %s AND status = 'void'", run)


@pytest.mark.rule("RUN-2", "REL-A", "REL-C", "INV-3")
def test_a_server_all_of_which_is_killed_at_any_moment_goes_on_when_it_is_started_again(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """BANYAN_FAULT_ROUNDS has it killed so many times; fewer if the run is done before."""
    chance = random.Random(20260401)
    run = installation.begin_run(MAY)
    rounds = 0
    done = 0
    while rounds < ROUNDS and done < BATCHES:
        server = serving(installation)
        wait_until(lambda done=done: installation.batches_done(run) > done)
        done = installation.batches_done(run)
        time.sleep(chance.uniform(0, 1))
        postmaster = installation.postmaster()
        kill(server)
        postmaster.send_signal(signal.SIGKILL)
        rounds += 1
    assert rounds, "the run was done before anything was killed"
    server = serving(installation)
    try:
        wait_until(lambda: installation.status(run) == "completed")
    finally:
        kill(server)
    installation.server.use()
    with capsys.disabled():
        print(f" killed {rounds} times ", end="")
    ask = installation.ask
    assert ask("SELECT count(*) FROM invoices_invoice WHERE bill_run_id = %s", run) == PAYERS
    assert ask("SELECT count(*) FROM subscriptions_subscriptionitem WHERE billed_until = '2026-06-01'") == LINES
    lines = ask("SELECT count(*) FROM invoices_invoiceline WHERE live")
    assert ask("SELECT count(DISTINCT (item_id, period_start)) FROM invoices_invoiceline WHERE live") == lines
    installation.done("banyan.cli", "verify", "--tenant", TENANT)


def serving(installation: Installation) -> subprocess.Popen[str]:
    """`banyan serve` with one worker."""
    return installation.start("banyan.cli", "serve", "--port", str(free_port()), "--web-processes", "1")
