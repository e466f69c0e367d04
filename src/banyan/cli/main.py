"""The program `banyan` (SYS-3). Exit codes: 0 done, 1 failed, 2 refused or called wrongly."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from django.db import DatabaseError
from psycopg import Error as ConnectionFailed
from rich.markup import escape

from banyan import __version__
from banyan.cli import (
    apikey,
    bench,
    bill_run,
    demo,
    export_files,
    history,
    import_files,
    jobs,
    migrate,
    serve,
    settings,
    tenant,
    user,
    verify,
    worker,
)
from banyan.cli.output import print_refusal, problems_to
from banyan.foundation.database import UnfitServerError
from banyan.foundation.directory_acl import TraversalError
from banyan.foundation.embedded import EmbeddedServerError
from banyan.foundation.logs import configure_logs
from banyan.foundation.outages import NO_CONNECTION, NO_ROOM, has_no_room, is_out_of_connections
from banyan.foundation.server_user import NoServerUserError
from banyan.foundation.troubles import LOCKED, trouble_of
from banyan.kernel.refusals import Refusal

FAILED = 1
REFUSED = 2
COMMANDS: dict[str, Callable[..., Any]] = {
    "bench": bench.bench,
    "demo": demo.demo,
    "serve": serve.serve,
    "worker": worker.worker,
    "migrate": migrate.migrate,
    "import": import_files.import_files,
    "export": export_files.export_files,
    "history": history.history,
    "verify": verify.verify,
}
GROUPS: dict[str, typer.Typer] = {
    "tenant": tenant.commands,
    "apikey": apikey.commands,
    "user": user.commands,
    "settings": settings.commands,
    "bill-run": bill_run.commands,
    "jobs": jobs.commands,
}
EXPLAINED_FAILURES = (
    ConnectionFailed, DatabaseError, EmbeddedServerError, TraversalError, NoServerUserError, UnfitServerError,
)  # fmt: skip

program = typer.Typer(help="Banyan: B2B billing for customers as they are built.", no_args_is_help=True)
for name, command in COMMANDS.items():
    program.command(name)(command)
for name, group in GROUPS.items():
    program.add_typer(group, name=name, no_args_is_help=True)


@program.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _told(failure: BaseException) -> str:
    """What is wrong with the database, and what to do."""
    if has_no_room(failure):
        return f"{NO_ROOM} Make room and repeat it. {failure}"
    if is_out_of_connections(failure) and NO_CONNECTION not in str(failure):
        return f"{NO_CONNECTION} {failure}"
    if trouble_of(failure) is LOCKED:
        return f"Another transaction holds what this needs; nothing was done. Repeat it when that has ended. {failure}"
    return str(failure)


COLUMNS_OF_A_FILE = "200"
"""How wide what is printed may be where no terminal says: a table is searched there, and should fold few cells."""


def main() -> None:
    """Run the program and end the process with its exit code; a wrong call ends with 2 by Typer's own doing."""
    configure_logs()
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", COLUMNS_OF_A_FILE)
    try:
        program()
    except Refusal as refusal:
        print_refusal(refusal, "--json" in sys.argv)
        sys.exit(REFUSED)
    except EXPLAINED_FAILURES as failure:
        why = _told(failure)
        problems_to.print(f"[bold red]failed:[/] {escape(why)}", highlight=False)
        sys.exit(FAILED)
