"""banyan worker; run as a module, with the queues it takes jobs of, it is one of its processes."""

import sys
from typing import Annotated

import typer

from banyan.cli.working_in import open_database
from banyan.foundation.database import keep_database_running
from banyan.foundation.jobs import LONG_JOBS, SHORT_JOBS
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs
from banyan.foundation.supervision import Child, Supervisor
from banyan.foundation.worker import run_worker

MODULE = "banyan.cli.worker"


def worker(
    processes: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many jobs are done at a time, each in its own process; half as many more, rounded up, do imports "
            "and exports, so that bill runs never wait for them.",
        ),
    ] = 1,
) -> None:
    """Do jobs, such as those of bill runs, until told to stop."""
    open_database()
    healthy = Supervisor(all_workers(processes), keep_database_running).run()
    raise typer.Exit(0 if healthy else 1)


def worker_processes(number: int) -> list[Child]:
    """So many processes that do what is short, for a supervisor to start. A job may end any of them again and again:
    others go on.
    """
    return [Child(MODULE, (SHORT_JOBS,), essential=False) for _ in range(number)]


def all_workers(number: int) -> list[Child]:
    """So many, and half as many more, rounded up, that do what may take minutes: nothing short waits for it."""
    return [
        *worker_processes(number),
        *(Child(MODULE, (LONG_JOBS,), essential=False) for _ in range((number + 1) // 2)),
    ]


if __name__ == "__main__":
    configure_logs()
    end_with_parent()
    run_worker(sys.argv[1:])
