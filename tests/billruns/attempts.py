"""Jobs at one of their attempts, as a worker makes it."""

from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job as QueuedJob

from banyan.foundation.clock import now
from banyan.foundation.jobs import Job
from banyan.foundation.tenants.queries import current_tenant


def attempt(job: Job, attempts_before: int, **arguments: Any) -> None:
    """Do the job as a worker does that takes it after so many failed attempts."""
    queued = QueuedJob(
        id=1, queue="default", lock=None, queueing_lock=None, task_name=job.name, attempts=attempts_before
    )
    context = JobContext(app=app, job=queued, start_timestamp=now().timestamp(), abort_reason=lambda: None)
    app.tasks[job.name](context, tenant=current_tenant(), **arguments)
