"""banyan jobs"""

import json
from typing import Annotated, Any

import typer

from banyan.cli.output import JsonOption, people, print_json, print_rows
from banyan.cli.working_in import open_database
from banyan.foundation.parking.actions.delete_job import delete_job
from banyan.foundation.parking.actions.retry_job import retry_job
from banyan.foundation.parking.queries import ListedJob, find_job, jobs_in_the_queue

commands = typer.Typer(help="What workers do, and what of it failed or is parked; of all tenants.")
JobArgument = Annotated[int, typer.Argument(help="The number of the job, as `banyan jobs list` shows it.")]


@commands.command("list")
def list_jobs(
    waiting: Annotated[bool, typer.Option("--waiting", help="Also those that wait for a worker.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Every job that is under way, failed, or parked because it cost one worker after the other its life."""
    open_database()
    rows = [_described(each) for each in jobs_in_the_queue(waiting)]
    print_rows(rows if as_json else [row | {"arguments": json.dumps(row["arguments"])} for row in rows], as_json)


@commands.command("retry")
def retry(job: JobArgument, as_json: JsonOption = False) -> None:
    """Have a job done again that failed or was parked."""
    open_database()
    retry_job(job)
    found = find_job(job)
    if as_json:
        print_json(None if found is None else _described(found))
    else:
        people.print(f"job {job} waits for a worker", highlight=False)


@commands.command("delete")
def delete(job: JobArgument, as_json: JsonOption = False) -> None:
    """Give a job up that failed or was parked; the bill run, import or export that waits for it is failed."""
    open_database()
    deleted = delete_job(job)
    if as_json:
        print_json(_described(deleted))
    else:
        people.print(f"job {job} is deleted", highlight=False)


def _described(job: ListedJob) -> dict[str, Any]:
    return {
        "job": job.number,
        "tenant": job.tenant or None,
        "what": job.name.removeprefix("banyan."),
        "arguments": dict(job.arguments),
        "state": job.state,
        "since": job.since,
        "attempts": job.attempts,
        "lost_workers": job.lost_workers,
        "reason": job.reason or None,
    }
