"""Runs on a disk that is really full for a while: python -m tests.billruns.small_disk_of_tests FOLDER

Mounts a small disk on the folder, so it has to be started in a mount namespace of its own (`unshare --mount`): nobody
else sees that disk, and it is gone with this process. The first run finds no room for its tables, the second none for
PostgreSQL's log, which ends the server; prints what was seen of the runs meanwhile, as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from banyan.foundation.embedded import EmbeddedServer
from tests.billruns.installation_of_tests import TENANT
from tests.billruns.test_killed_workers import (
    FEBRUARY,
    JANUARY,
    Installation,
    everything_is_billed_once,
    kill,
    wait_until,
)

SIZE = "400m"
SECONDS_WITHOUT_ROOM = 4
LEFT = 1 << 20
OPTIONS = {"shared_buffers": "64MB", "max_wal_size": "48MB", "min_wal_size": "32MB"}


def fill(disk: Path) -> Path:
    """A file that takes the room there is, but for a little that a run needs more than."""
    ballast = disk / "ballast"
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(disk).free - LEFT)
    return ballast


def end_the_log(installation: Installation) -> None:
    """Have PostgreSQL begin new files of its log until it finds no room for one, which it does not survive."""
    while True:
        try:
            installation.ask("SELECT pg_switch_wal() FROM pg_logical_emit_message(false, 'banyan', 'more')")
        except psycopg.OperationalError:
            return


def seen_of(installation: Installation, run: int) -> list[str]:
    """What is said of a run over some seconds: its status, and what keeps it."""
    seen: list[str] = []
    for _ in range(SECONDS_WITHOUT_ROOM * 10):
        said = installation.status(run)
        if said == "running":
            said = installation.ask("SELECT status || ': ' || trouble FROM billruns_billrun WHERE id = %s", run)
        if said not in seen:
            seen.append(said)
        time.sleep(0.1)
    return seen


def main(disk: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    disk.chmod(0o755)
    installation = Installation(EmbeddedServer(disk / "data", OPTIONS))
    installation.server.use()
    seen = []
    for runs, (month, log_too) in enumerate(((JANUARY, False), (FEBRUARY, True)), start=1):
        run = installation.begin_run(month)
        ballast = fill(disk)
        supervisor = installation.start("banyan.cli", "worker", "--processes", "2")
        wait_until(lambda run=run: installation.batches_done(run) > 0)
        if log_too:
            end_the_log(installation)
        seen.append(seen_of(installation, run))
        assert supervisor.poll() is None, "the workers gave up"
        ballast.unlink()
        wait_until(lambda run=run: installation.status(run) == "completed")
        kill(supervisor)
        everything_is_billed_once(installation, run, runs)
    installation.done("banyan.cli", "verify", "--tenant", TENANT)
    installation.server.leave()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
