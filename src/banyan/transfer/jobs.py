"""The jobs of imports and exports, for any worker. What is done already is left as it is."""

from functools import partial

from procrastinate.contrib.django import app

from banyan.foundation.clock import now
from banyan.foundation.jobs import Waiting, job
from banyan.transfer import export_run, run
from banyan.transfer.actions.forget_files import forget_files
from banyan.transfer.models import Export, ExportProgress, Import, ImportProgress
from banyan.transfer.states import give_up, note_trouble


def _import(import_id: int) -> Waiting:
    return Waiting(
        ("import", import_id), partial(give_up, Import, import_id), partial(note_trouble, ImportProgress, import_id)
    )


def _export(export_id: int) -> Waiting:
    return Waiting(
        ("export", export_id), partial(give_up, Export, export_id), partial(note_trouble, ExportProgress, export_id)
    )


@job(waiting=_import)
def run_import(import_id: int) -> None:
    """Import a file, or try to. It waits while the job is tried again; after any other failure it is given up."""
    run.run_import(import_id)


@job(waiting=_export)
def run_export(export_id: int) -> None:
    """Write an export. It waits while the job is tried again; after any other failure it is given up."""
    export_run.run_export(export_id)


@app.periodic(cron="43 3 * * *")
@app.task(name="banyan.transfer.forget_files", queueing_lock="banyan.transfer.forget_files")
def forget_files_every_night(timestamp: int) -> None:
    """Delete files that were sent or written a while ago; whichever worker is there first does it, for all tenants."""
    forget_files(now())
