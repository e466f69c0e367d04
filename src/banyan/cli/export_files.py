"""banyan export"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, problems_to, table_of
from banyan.cli.working_in import working_in
from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.export_file import ExportReport, export_file, export_to_path
from banyan.transfer.actions.export_file import Progress as TellProgress
from banyan.transfer.kinds import KINDS

EVERY_KIND = "all"
STANDARD_OUTPUT = "-"
KINDS_IN_WORDS = ", ".join(KINDS)


def export_files(
    kind: Annotated[str, typer.Argument(help=f"What to write: {KINDS_IN_WORDS}; or {EVERY_KIND}, into a directory.")],
    file: Annotated[
        Path, typer.Argument(help=f"The CSV file, {STANDARD_OUTPUT} for standard output, or a new or empty directory.")
    ],
    tenant: TenantOption = DEFAULT_TENANT,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Relations, terms and payers as on this day.")
    ] = None,
    for_spreadsheets: Annotated[
        bool,
        typer.Option("--for-spreadsheets", help="Put ' before texts that a spreadsheet would run; not for importing."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a CSV file with the columns that an import takes, or everything, for another tenant to be made of."""
    if kind == EVERY_KIND and (on or str(file) == STANDARD_OUTPUT):
        raise typer.BadParameter(f"{EVERY_KIND} goes into a directory, with the whole history; leave --on out")
    with working_in(tenant), progress_of_rows() as on_file:
        if kind == EVERY_KIND:
            reports = export_directory(file, for_spreadsheets=for_spreadsheets, on_file=on_file)
        else:
            reports = [_export_one(kind, file, on.date() if on else None, for_spreadsheets, on_file)]
    if str(file) != STANDARD_OUTPUT:
        print_json([asdict(report) for report in reports]) if as_json else print_rows_written(reports)


def _export_one(
    kind: str, file: Path, on: date | None, for_spreadsheets: bool, on_file: Callable[[str, Path], TellProgress]
) -> ExportReport:
    if str(file) == STANDARD_OUTPUT:
        rows = export_file(kind, sys.stdout.buffer, on=on, for_spreadsheets=for_spreadsheets)
    else:
        rows = export_to_path(kind, file, on=on, for_spreadsheets=for_spreadsheets, on_progress=on_file(kind, file))
    return ExportReport(kind, str(file), rows)


@contextmanager
def progress_of_rows() -> Iterator[Callable[[str, Path], TellProgress]]:
    """Draw a bar for each file that is announced, on standard error."""
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=problems_to) as progress:

        def on_file(kind: str, path: Path) -> TellProgress:
            task = progress.add_task(kind, total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield on_file


def print_rows_written(reports: Sequence[ExportReport]) -> None:
    """A line for each file."""
    people.print(table_of(["Kind", "File", "Rows"], [(each.kind, each.file, f"{each.rows:,}") for each in reports]))
