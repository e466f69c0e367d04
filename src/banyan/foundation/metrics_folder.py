"""Where web processes keep their numbers: mapped files, which end a process that finds no room behind them.

So they are in memory, not on the disk of the data, and their room is taken before anything is counted.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from pathlib import Path

import psutil

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")
ROOM = {"counter": 1 << 20, "histogram": 4 << 20}
"""Bytes, by kind of number: more than all routes, methods and statuses need."""

MOST_OF_ENDED_PROCESSES = 8
logger = logging.getLogger(__name__)


def empty_metrics_folder(data: Path, port: int) -> Path:
    """A folder of this user's alone for the server of these data at this port; what an earlier one left is gone."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    digest = hashlib.sha256(f"{data} {port}".encode()).hexdigest()[:16]
    folder = place / f"banyan-metrics-{os.geteuid()}-{digest}"
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return Path(tempfile.mkdtemp(prefix="banyan-metrics-", dir=place))
    folder.mkdir(mode=0o700)
    return folder


def remove_metrics_folder(folder: Path) -> None:
    """When the server ends."""
    shutil.rmtree(folder, ignore_errors=True)


def keep_room_for_metrics() -> None:
    """Take the room for this process's numbers, before prometheus_client is imported; without room they are not shared.

    Numbers of processes that have ended are kept, but not those of any number.
    """
    folder = Path(os.environ.get(VARIABLE, ""))
    if not os.environ.get(VARIABLE) or not folder.is_dir():
        os.environ.pop(VARIABLE, None)
        return
    try:
        _forget_ended_processes(folder)
        for kind, size in ROOM.items():
            with (folder / f"{kind}_{os.getpid()}.db").open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as failure:
        logger.warning("The numbers of this process are not shown at /metrics: %s has no room: %s", folder, failure)
        for kind in ROOM:
            (folder / f"{kind}_{os.getpid()}.db").unlink(missing_ok=True)
        os.environ.pop(VARIABLE)


def _forget_ended_processes(folder: Path) -> None:
    processes = {path.stem.rpartition("_")[2]: path.stat().st_mtime for path in folder.glob("*_*.db")}
    ended = sorted((each for each in processes if not _is_running(each)), key=processes.__getitem__, reverse=True)
    for process in ended[MOST_OF_ENDED_PROCESSES:]:
        for path in folder.glob(f"*_{process}.db"):
            path.unlink(missing_ok=True)


def _is_running(process: str) -> bool:
    return psutil.pid_exists(int(process))
