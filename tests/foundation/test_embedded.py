"""The embedded PostgreSQL: shared, found again after a kill -9, stopped by the last one out."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from banyan.foundation.directory_acl import grant_traversal
from banyan.foundation.embedded import EmbeddedServer

SMALL = {"shared_buffers": "16MB", "fsync": "off"}
USE_UNTIL_STDIN_CLOSES = """
import sys
from pathlib import Path
from banyan.foundation.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.use()
print("using", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for data, without a server at the end, however the test went."""
    yield tmp_path / "data"
    left_over = EmbeddedServer(tmp_path / "data")
    if left_over.is_alive():
        left_over.use()
        left_over.leave()


def use_in_another_process(folder: Path) -> subprocess.Popen[bytes]:
    """A process that uses the server until its standard input is closed."""
    command = [sys.executable, "-c", USE_UNTIL_STDIN_CLOSES, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"using\n"
    return process


def postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().split("\n", 1)[0]))


def ask(server: EmbeddedServer, statement: str) -> object:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.mark.rule("SYS-1")
def test_several_processes_share_the_server_and_the_last_one_stops_it(folder: Path):
    first = EmbeddedServer(folder, SMALL)
    first.use()
    other = use_in_another_process(folder)
    first.leave()
    assert ask(first, "SELECT 1") == 1
    first.use()
    other.communicate()
    assert ask(first, "SELECT 2") == 2
    first.leave()
    assert not first.is_alive()


@pytest.mark.rule("SYS-1", "REL-A")
def test_after_a_kill_of_the_server_its_next_user_starts_it_with_everything_committed(folder: Path):
    server = EmbeddedServer(folder, {"shared_buffers": "16MB"})
    server.use()
    ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    process = postmaster(server)
    process.send_signal(signal.SIGKILL)
    while server.is_alive():
        time.sleep(0.05)
    server.use()
    assert ask(server, "SELECT number FROM kept") == 7
    server.leave()


@pytest.mark.rule("SYS-1", "REL-A")
def test_who_is_killed_between_starting_the_server_and_making_the_database_leaves_a_usable_folder(folder: Path):
    server = EmbeddedServer(folder, SMALL)
    server.use()
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE banyan")
    other = use_in_another_process(folder)
    assert ask(server, "SELECT 1") == 1
    other.communicate()
    server.leave()


@pytest.mark.rule("SYS-1", "REL-A")
def test_after_a_kill_of_every_user_the_next_one_finds_the_server(folder: Path):
    killed = use_in_another_process(folder)
    server = EmbeddedServer(folder)
    before = postmaster(server).pid
    killed.kill()
    killed.communicate()
    server.use()
    assert postmaster(server).pid == before
    server.leave()
    assert not server.is_alive()


@pytest.mark.rule("SYS-1", "REL-A")
def test_what_is_acknowledged_is_on_the_disk(folder: Path):
    server = EmbeddedServer(folder, {"shared_buffers": "16MB"})
    server.use()
    assert (ask(server, "SHOW fsync"), ask(server, "SHOW synchronous_commit")) == ("on", "on")
    server.leave()


@pytest.mark.rule("SYS-1")
def test_a_folder_with_a_path_too_long_for_a_socket_works(folder: Path):
    server = EmbeddedServer(folder / ("long" * 30), SMALL)
    server.use()
    assert ask(server, "SELECT 1") == 1
    server.leave()


@pytest.mark.rule("SYS-1")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_as_root_closed_folders_stay_closed_to_everybody_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedServer(closed / "data", SMALL)
    server.use()
    server.leave()
    assert stat.S_IMODE(closed.stat().st_mode) & stat.S_IRWXO == 0
    assert f"may now pass through {closed}" in capfd.readouterr().err


@pytest.mark.rule("SYS-1")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may try as somebody else")
def test_passage_is_given_to_one_user_and_only_to_pass(tmp_path: Path):
    grant_traversal(tmp_path.parent, 4001)
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("text")
    (tmp_path / "file").chmod(0o644)
    assert grant_traversal(tmp_path, 4001) == [tmp_path]
    assert grant_traversal(tmp_path, 4001) == []

    def works(user: int, *command: str) -> bool:
        return subprocess.run(command, user=user, group=user, extra_groups=[], capture_output=True).returncode == 0

    assert works(4001, "cat", str(tmp_path / "file"))
    assert not works(4001, "ls", str(tmp_path))
    assert not works(4002, "cat", str(tmp_path / "file"))
