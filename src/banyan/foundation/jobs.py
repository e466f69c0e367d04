"""Jobs (SCA-1): work done later by any worker, enqueued in the transaction that needs it.

A job is a function of a tenant, declared in a package's `jobs.py`:

    @job
    def bill_batch(run: int, batch: int) -> None: ...

    bill_batch.enqueue(run=12, batch=3)

What may take minutes is enqueued by `enqueue_long`: it waits in a queue of its own, for worker processes of its own;
nothing short ever waits for it.

Arguments are plain JSON values. A job may be run twice (its worker can be killed at any moment), so it has to find out
what is already done. Somebody may wait for it, such as a bill run; a job that says who is told of what befalls it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, overload

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job as QueuedJob

from banyan.foundation.actions.tidy_up import tidy_up
from banyan.foundation.clock import now
from banyan.foundation.leases import work_as
from banyan.foundation.outages import NO_ROOM, has_no_room, is_failure_of_the_database, is_outage
from banyan.foundation.parking.keeping import keep_reason
from banyan.foundation.tenants.queries import current_tenant, within_tenant

ATTEMPTS = 20
LONGEST_PAUSE = 30
AFTER_ALL_OTHERS = -1
SHORT_JOBS, LONG_JOBS = "default", "long"
"""The two queues."""


_attempts_before: ContextVar[int] = ContextVar("attempts_before", default=0)
"""How often the job under way has been tried and failed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a job, such as ("bill run", 12): what ends it, and what says of it why it does not go on ("" when
    it does again).
    """

    what: tuple[str, int]
    give_up: Callable[[Exception], object]
    note_trouble: Callable[[str], object]


@contextmanager
def _telling_of_failure(waiting: Waiting) -> Iterator[None]:
    """Within the job under way: whoever waits for it is told what keeps it from going on, when that is the room on a
    disk, and that it is given up, when this was its last attempt.
    """
    try:
        yield
    except Exception as failure:
        if not _is_worth_a_try(failure, _attempts_before.get()):
            waiting.give_up(failure)
        elif has_no_room(failure):
            waiting.note_trouble(NO_ROOM)
        raise


def _is_worth_a_try(failure: BaseException, attempts: int) -> bool:
    """For as long as an outage takes: a server may be away, or its disk full, for hours. What a lock that gave way or
    a cancelled statement stopped is tried so many times.
    """
    return is_outage(failure) or (is_failure_of_the_database(failure) and attempts < ATTEMPTS)


class RetryWhenTheDatabaseFails(BaseRetryStrategy):
    """Try again, after ever longer pauses, where the database and not the job was to blame."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if not _is_worth_a_try(exception, job.attempts):
            return None
        return RetryDecision(retry_in={"seconds": min(2 ** min(job.attempts, ATTEMPTS), LONGEST_PAUSE)})


class Job:
    """A function that a worker runs within the tenant that it was enqueued in.

    `waiting` gives, of the same arguments, what waits for it and is told when it fails.
    """

    def __init__(self, function: Callable[..., Any], waiting: Callable[..., Waiting] | None = None) -> None:
        self.function = function
        self.waiting = waiting
        self.name = f"{function.__module__}.{function.__qualname__}"
        app.task(name=self.name, retry=RetryWhenTheDatabaseFails(), pass_context=True)(self._run)
        _jobs[self.name] = self

    def __call__(self, **arguments: Any) -> Any:
        if self.waiting is None:
            return self.function(**arguments)
        with _telling_of_failure(self.waiting(**arguments)):
            return self.function(**arguments)

    def enqueue(self, **arguments: Any) -> int:
        """Have it done; the number of the job. It is not there before the current transaction commits."""
        return self.enqueue_each([arguments])[0]

    def enqueue_long(self, **arguments: Any) -> int:
        """The same for what may take minutes: it is done apart, and nothing short waits for it."""
        task = app.configure_task(self.name, queue=LONG_JOBS)
        return task.defer(tenant=current_tenant(), **arguments)

    def enqueue_each(self, arguments: Iterable[dict[str, Any]]) -> list[int]:
        """Have it done once for each set of arguments; the numbers of the jobs."""
        tenant = current_tenant()
        return app.configure_task(self.name).batch_defer(*({"tenant": tenant, **each} for each in arguments))

    def _run(self, context: JobContext, /, tenant: str, **arguments: Any) -> None:
        job = context.job
        _attempts_before.set(job.attempts)
        if job.worker_id is not None:
            work_as(job.worker_id)
        try:
            with within_tenant(tenant):
                self(**arguments)
        except Exception as failure:
            if job.id is not None and not _is_worth_a_try(failure, job.attempts):
                keep_reason(job.id, f"{type(failure).__name__}: {failure}")
            raise


_jobs: dict[str, Job] = {}


def what_waits_for(name: str, arguments: dict[str, Any]) -> Waiting | None:
    """What waits for the job of that name with these arguments, within the current tenant; None: nothing does."""
    found = _jobs.get(name)
    return None if found is None or found.waiting is None else found.waiting(**arguments)


@app.periodic(cron="23 3 * * *")
@app.task(name="banyan.foundation.tidy_up", queueing_lock="banyan.foundation.tidy_up")
def tidy_up_every_night(timestamp: int) -> None:
    """Forget old answers and ended jobs; whichever worker is there first does it, for all tenants."""
    tidy_up(now())


def enqueue_by_name(name: str, **arguments: Any) -> int:
    """Have a job done that a package above declares, so that it can't be imported where it is wanted; with those that
    may take minutes and after all of them, as nobody waits for it.
    """
    return app.configure_task(name, queue=LONG_JOBS, priority=AFTER_ALL_OTHERS).defer(
        tenant=current_tenant(), **arguments
    )


@overload
def job(function: Callable[..., Any]) -> Job: ...
@overload
def job(*, waiting: Callable[..., Waiting]) -> Callable[[Callable[..., Any]], Job]: ...
def job(
    function: Callable[..., Any] | None = None, *, waiting: Callable[..., Waiting] | None = None
) -> Job | Callable[[Callable[..., Any]], Job]:
    """Declare a job, for which perhaps something waits."""
    return Job(function, waiting) if function is not None else lambda declared: Job(declared, waiting)
