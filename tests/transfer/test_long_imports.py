"""Nothing short waits for a file: imports and exports have workers of their own (SCA-1)."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from banyan.cli.worker import MODULE, all_workers, worker_processes
from banyan.foundation.jobs import LONG_JOBS, SHORT_JOBS
from tests.serving import RunningServer

pytestmark = pytest.mark.rule("SCA-1")

ROWS = 1_000_000
SECONDS_FOR_A_RUN = 60
COMPANY = {"kind": "company", "company_name": "Patient", "primary_email": "ap@patient.example"}


@pytest.mark.parametrize(("processes", "apart"), [(0, 0), (1, 1), (2, 1), (3, 2), (8, 4)])
def test_half_as_many_processes_do_long_jobs_alone(processes: int, apart: int) -> None:
    workers = [(child.module, *child.arguments) for child in all_workers(processes)]
    assert workers == [(MODULE, SHORT_JOBS)] * processes + [(MODULE, LONG_JOBS)] * apart


def test_who_waits_for_a_bill_run_starts_no_worker_for_files() -> None:
    assert {child.arguments for child in worker_processes(2)} == {(SHORT_JOBS,)}


@pytest.fixture
def long_import(server: RunningServer) -> Iterator[str]:
    """A file of a million bad rows that is being imported, until it is cancelled."""
    rows = b"code,name\n" + b"".join(b"%d,A\x01\n" % number for number in range(ROWS))
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "text/csv"}
    sent = server.fetch("/api/v1/imports?kind=products", "POST", rows, headers)
    assert sent.status == 202, sent
    address = f"/imports/{sent.body['id']}"
    wait_until(lambda: (told(server, address)["progress"] or {}).get("rows", 0) > 0)
    yield address
    server.call("POST", f"{address}/cancel")
    wait_until(lambda: told(server, address)["status"] not in ("waiting", "running"))


def told(server: RunningServer, address: str) -> Any:
    return server.call("GET", address).body


def wait_until(holds: Callable[[], bool], seconds: float = SECONDS_FOR_A_RUN) -> None:
    patience = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(0.1)


def made(server: RunningServer, path: str, body: object) -> str:
    answer = server.call("POST", path, body)
    assert answer.status in (201, 202), answer
    return str(answer.body["id"])


def test_a_bill_run_is_done_while_a_million_bad_rows_are_imported(server: RunningServer, long_import: str) -> None:
    monthly = {"currency": "USD", "frequency": "monthly", "start_date": "2026-01-01"}
    cycle = made(server, "/bill-cycles", {"name": "Impatient", **monthly})
    account = {"currency": "USD", "bill_cycle": cycle, "start_date": "2026-01-01"}
    customer = server.call("POST", "/customers", {**COMPANY, "account": account}).body
    visit = {"description": "Visit", "amount": "5.00", "date": "2026-01-01", "account": customer["default_account"]}
    made(server, "/charges", visit)
    run = made(server, "/bill-runs", {"bill_cycle": cycle, "billing_date": "2026-01-01", "mode": "bill"})
    wait_until(lambda: told(server, f"/bill-runs/{run}")["status"] == "completed")
    assert told(server, f"/bill-runs/{run}")["invoice_count"] == 1
    assert told(server, long_import)["status"] == "running"
