"""The jobs of imports, for any worker. What is done already is left as it is."""

from functools import partial

from procrastinate.contrib.django import app

from banyan.foundation.clock import now
from banyan.foundation.jobs import job, telling_of_failure
from banyan.transfer import run
from banyan.transfer.actions.forget_files import forget_files


@job
def run_import(import_id: int) -> None:
    """Import a file, or try to. It waits while the job is tried again; after any other failure it is given up."""
    with telling_of_failure(partial(run.give_up, import_id), partial(run.note_trouble, import_id)):
        run.run_import(import_id)


@app.periodic(cron="43 3 * * *")
@app.task(name="banyan.transfer.forget_files", queueing_lock="banyan.transfer.forget_files")
def forget_files_every_night(timestamp: int) -> None:
    """Delete files that were sent a while ago; whichever worker is there first does it, for all tenants."""
    forget_files(now())
