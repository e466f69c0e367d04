"""banyan worker; run as a module it is one of its processes."""

from typing import Annotated

import typer

from banyan.cli.working_in import open_database
from banyan.foundation.database import keep_database_running
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs
from banyan.foundation.supervision import Child, Supervisor
from banyan.foundation.worker import run_worker

MODULE = "banyan.cli.worker"


def worker(
    processes: Annotated[
        int, typer.Option(min=1, help="How many jobs are done at a time, each in its own process.")
    ] = 1,
) -> None:
    """Do jobs, such as those of bill runs, until told to stop."""
    open_database()
    healthy = Supervisor(worker_processes(processes), keep_database_running).run()
    raise typer.Exit(0 if healthy else 1)


def worker_processes(number: int) -> list[Child]:
    """So many worker processes, for a supervisor to start. A job may end any of them again and again: others go on."""
    return [Child(MODULE, essential=False) for _ in range(number)]


if __name__ == "__main__":
    configure_logs()
    end_with_parent()
    run_worker()
