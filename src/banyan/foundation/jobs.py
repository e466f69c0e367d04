"""Jobs (SCA-1): work done later by any worker, enqueued in the transaction that needs it.

A job is a function of a tenant, declared in a package's `jobs.py`:

    @job
    def bill_batch(run: int, batch: int) -> None: ...

    bill_batch.enqueue(run=12, batch=3)

Arguments are plain JSON values. A job may be run twice (its worker can be killed at any moment), so it has to find out
what is already done.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import InterfaceError, OperationalError
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job as QueuedJob

from banyan.foundation.actions.tidy_up import tidy_up
from banyan.foundation.clock import now
from banyan.foundation.room import has_no_room
from banyan.foundation.tenants.queries import current_tenant, within_tenant

ATTEMPTS = 20
LONGEST_PAUSE = 30


class RetryWhenTheDatabaseFails(BaseRetryStrategy):
    """Try again, after ever longer pauses, when the connection was lost or a lock gave way; else the job fails.

    Where the disk is full it is tried for as long as that takes: making room may take a person hours.
    """

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if has_no_room(exception):
            return RetryDecision(retry_in={"seconds": LONGEST_PAUSE})
        if not isinstance(exception, OperationalError | InterfaceError) or job.attempts >= ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, LONGEST_PAUSE)})


class Job:
    """A function that a worker runs within the tenant that it was enqueued in."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        app.task(name=self.name, retry=RetryWhenTheDatabaseFails())(self._run)

    def __call__(self, **arguments: Any) -> Any:
        return self.function(**arguments)

    def enqueue(self, **arguments: Any) -> int:
        """Have it done; the number of the job. It is not there before the current transaction commits."""
        return self.enqueue_each([arguments])[0]

    def enqueue_each(self, arguments: Iterable[dict[str, Any]]) -> list[int]:
        """Have it done once for each set of arguments; the numbers of the jobs."""
        tenant = current_tenant()
        return app.configure_task(self.name).batch_defer(*({"tenant": tenant, **each} for each in arguments))

    def _run(self, tenant: str, **arguments: Any) -> None:
        with within_tenant(tenant):
            self.function(**arguments)


@app.periodic(cron="23 3 * * *")
@app.task(name="banyan.foundation.tidy_up", queueing_lock="banyan.foundation.tidy_up")
def tidy_up_every_night(timestamp: int) -> None:
    """Forget old answers and ended jobs; whichever worker is there first does it, for all tenants."""
    tidy_up(now())


def job(function: Callable[..., Any]) -> Job:
    """Declare a job."""
    return Job(function)
