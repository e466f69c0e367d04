"""Processor time of workers and of PostgreSQL: unlike the time on the clock it stays about the same when a machine has
other things to do.
"""

from pathlib import Path

import psutil
from django.db import connection


def seconds_of(process: psutil.Process) -> float:
    """What a process and everything it started used up to now, those that have ended included.

    What a process uses that ends at this moment may be missing.
    """
    try:
        times = process.cpu_times()
        children = process.children()
    except psutil.NoSuchProcess:
        return 0.0
    own = times.user + times.system + times.children_user + times.children_system
    return own + sum(seconds_of(child) for child in children)


def server() -> psutil.Process:
    """The PostgreSQL server of the current connection; it has to run on this machine."""
    postmaster = psutil.Process(backend()).parent()
    assert postmaster is not None
    return postmaster


def backend() -> int:
    """The process of the server that answers the current connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    return int(number)


def milliseconds_of(process: int) -> float:
    """What a process itself used up to now, in Linux's own account: psutil reads hundredths of a second."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6
