"""Worker processes for as long as a command waits for jobs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen, TimeoutExpired

from banyan.cli.worker import worker_processes
from banyan.foundation.database import keep_database_running

SECONDS_TO_STOP = 30


@contextmanager
def workers_alongside(number: int) -> Iterator[Callable[[], None]]:
    """Start so many workers and stop them at the end; with 0 the jobs are left to those of a server.

    Gives what the waiting command calls now and then: it starts again what has ended.
    """
    workers = worker_processes(number)
    for worker in workers:
        worker.start()

    def look_after() -> None:
        keep_database_running()
        for worker in workers:
            if worker.has_ended():
                worker.start()

    try:
        yield look_after
    finally:
        running = [worker.process for worker in workers if worker.process is not None]
        for process in running:
            process.terminate()
        for process in running:
            _wait_for(process)


def _wait_for(process: Popen[bytes]) -> None:
    """Wait for the end of a process; one that takes too long is killed: its job is done again by another."""
    try:
        process.wait(SECONDS_TO_STOP)
    except TimeoutExpired:
        process.kill()
        process.wait()
