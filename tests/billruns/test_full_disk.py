"""A disk that is full while a run writes (REL-A): at a chosen table, told by a trigger with PostgreSQL's own error for
it (53100), and really, on a small disk of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from banyan.billruns.jobs import bill_batch
from banyan.billruns.models import BillRun, RunStatus
from banyan.billruns.run import plan
from banyan.foundation.jobs import ATTEMPTS
from banyan.foundation.outages import NO_ROOM
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.ledger.models import Posting
from banyan.verification.queries import verify
from tests.billruns.attempts import attempt
from tests.billruns.running import JANUARY, begun, checks, item_states, totals
from tests.business import an_account, subscribed
from tests.refusing_tables import disk_full_at


@pytest.mark.rule("REL-A", "REL-C", "RUN-2", "RUN-9", "INV-3")
@pytest.mark.parametrize("table", ["invoices_invoiceline", "ledger_posting", "invoices_invoice"])
def test_a_run_waits_for_room_says_so_and_leaves_nothing_half_done(tenant: str, table: str) -> None:
    account = an_account()
    subscribed(account)
    run = begun(account.bill_cycle, JANUARY)
    before = item_states()
    (batch,) = plan(run.pk)
    with disk_full_at(table), pytest.raises(OperationalError, match="No space left on device"):
        attempt(bill_batch, ATTEMPTS * 100, batch_id=batch)
    run.refresh_from_db()
    assert (run.status, run.trouble) == (RunStatus.RUNNING, NO_ROOM)
    assert not any(model.objects.exists() for model in (Invoice, InvoiceLine, Posting))
    assert item_states() == before
    bill_batch(batch_id=batch)
    run = BillRun.objects.get(pk=run.pk)
    assert (run.status, run.trouble, totals(run)) == (RunStatus.COMPLETED, "", {account.id: 10})
    assert set(checks(run).values()) == {True}
    assert [finding.check.says for finding in verify() if not finding.holds] == []


def alone() -> list[str]:
    """Begins a command that may mount disks which nobody else sees."""
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", *as_root, "--mount"]


@pytest.mark.rule("REL-A", "REL-C", "RUN-2", "INV-3", "SYS-1")
@pytest.mark.skipif(
    subprocess.run([*alone(), "true"], capture_output=True).returncode != 0, reason="may not mount a disk of its own"
)
def test_runs_go_on_once_a_disk_that_was_really_full_has_room_again(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.billruns.small_disk_of_tests", str(tmp_path)]
    done = subprocess.run([*alone(), *script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    without_room, without_log = json.loads(done.stdout)
    assert without_room[-1] == f"running: {NO_ROOM}"
    assert "unreachable" in without_log
