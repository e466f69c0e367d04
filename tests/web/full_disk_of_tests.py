"""A server whose disk is really full for a while: python -m tests.web.full_disk_of_tests FOLDER

Mounts a small disk on the folder, with the data, PostgreSQL and the temporary files on it, so it has to be started in a
mount namespace of its own (`unshare --mount`). Prints what a client saw, as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from banyan.foundation.embedded import EmbeddedServer
from tests.billruns.small_disk_of_tests import OPTIONS, SIZE
from tests.serving import Response, RunningServer, serving, wait_until_ready

MOST_PRODUCTS = 3000
SECONDS_TO_SEE = 60.0


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb") as stream:
        while free := shutil.disk_usage(disk).free:
            os.posix_fallocate(stream.fileno(), stream.seek(0, os.SEEK_END), free)
    return ballast


def made_until_refused(server: RunningServer) -> Response:
    """The first answer to a new product that is none of success: there is room within pages that were there before."""
    for number in range(MOST_PRODUCTS):
        answer = server.call("POST", "/products", {"name": "n" * 200, "code": f"c{number}"})
        if answer.status != 201:
            return answer
    raise AssertionError("everything found room")


def reads(server: RunningServer) -> list[int]:
    """The statuses of what changes nothing."""
    paths = ("/healthz", "/sign-in", "/api/v1/openapi.json")
    return [*(server.fetch(path).status for path in paths), *(server.call("GET", "/products").status for _ in range(9))]


def end_of_the_database(server: RunningServer, database: EmbeddedServer) -> None:
    """Have PostgreSQL find no room for its log, which it does not survive."""
    with suppress(psycopg.OperationalError), psycopg.connect(database.conninfo(), autocommit=True) as connection:
        while True:
            connection.execute("SELECT pg_switch_wal() FROM pg_logical_emit_message(false, 'banyan', 'more')")
    patience = time.monotonic() + SECONDS_TO_SEE
    while server.fetch("/readyz").status == 200 and time.monotonic() < patience:
        time.sleep(0.1)


def main(disk: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    disk.chmod(0o755)
    (disk / "tmp").mkdir()
    database = EmbeddedServer(disk / "data", OPTIONS)
    database.use()
    with serving(disk / "data", TMPDIR=str(disk / "tmp")) as server:
        reads(server)
        processes = {each.pid for each in psutil.Process(server.process.pid).children(recursive=True)}
        ballast = fill(disk)
        refused = made_until_refused(server)
        seen = {
            "refused": [refused.status, refused.body["code"]],
            "reads": sorted(set(reads(server))),
            "are_the_same_processes": processes <= {
                each.pid for each in psutil.Process(server.process.pid).children(recursive=True)
            },
        }  # fmt: skip
        end_of_the_database(server, database)
        seen["without_database"] = [server.fetch("/healthz").status, server.call("GET", "/products").status]
        ballast.unlink()
        wait_until_ready(server)
        seen["afterwards"] = server.call("POST", "/products", {"name": "Plan", "code": "after"}).status
    database.leave()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
