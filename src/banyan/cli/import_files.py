"""banyan import"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, problems_to, table_of
from banyan.cli.working_in import working_in
from banyan.transfer.actions.import_directories import directories_of, import_directories
from banyan.transfer.actions.import_file import Progress as TellProgress
from banyan.transfer.actions.import_file import import_file
from banyan.transfer.kinds import KINDS
from banyan.transfer.layouts import Layout
from banyan.transfer.reference import all_columns, columns_of_kind
from banyan.transfer.report import ImportReport

REFUSED = 2
SHOWN_PROBLEMS = 20
EVERY_KIND = "all"
TAB = "tab"
KINDS_IN_WORDS = ", ".join(KINDS)


def import_files(
    kind: Annotated[
        str | None, typer.Argument(help=f"What the file holds: {KINDS_IN_WORDS}; or {EVERY_KIND}, for a directory.")
    ] = None,
    file: Annotated[
        Path | None, typer.Argument(help="The CSV file or .xlsx, or the directory with files named after kinds.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="One bad row keeps all rows out.")] = False,
    problems_file: Annotated[
        Path | None, typer.Option(help="Write every problem to this CSV file; without it the first thousand are kept.")
    ] = None,
    separator: Annotated[str, typer.Option(help="What separates the cells of the CSV file: ',', ';', or tab.")] = ",",
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="Decimals are written 1234,50 in the file.")
    ] = False,
    columns: Annotated[
        str | None, typer.Option(help=f"Explain the columns of a kind, or of {EVERY_KIND}, and do nothing else.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in a CSV file, or the first sheet of an Excel workbook.

    Ends with 0 if every row went in, 2 if some were refused, 1 if it failed.
    """
    if columns is not None:
        typer.echo(all_columns() if columns == EVERY_KIND else columns_of_kind(columns), nl=False)
        return
    if kind is None or file is None:
        raise typer.BadParameter(f"name a kind and a file; the kinds are {KINDS_IN_WORDS}")
    if kind == EVERY_KIND and problems_file is not None:
        raise typer.BadParameter(f"--problems-file is for one file, not for {EVERY_KIND}")
    layout = Layout("\t" if separator == TAB else separator, decimal_comma)
    if kind == EVERY_KIND and layout != Layout():
        raise typer.BadParameter(f"--separator and --decimal-comma are for one file, not for {EVERY_KIND}")
    with working_in(tenant), progress_of_files() as on_file:
        if kind == EVERY_KIND:
            reports = import_directories(
                directories_of(file), dry_run=dry_run, all_or_nothing=all_or_nothing, on_file=on_file
            )
        else:
            reports = [
                import_file(
                    kind,
                    file,
                    dry_run=dry_run,
                    all_or_nothing=all_or_nothing,
                    problems_file=problems_file,
                    on_progress=on_file(kind, file),
                    layout=layout,
                )
            ]
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        print_reports(reports)
    raise typer.Exit(REFUSED if any(report.problem_count for report in reports) else 0)


@contextmanager
def progress_of_files() -> Iterator[Callable[[str, Path], TellProgress]]:
    """Draw a bar for each file that is announced, on standard error."""
    columns = (TextColumn("{task.description:22}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=problems_to) as progress:

        def on_file(kind: str, path: Path) -> TellProgress:
            task = progress.add_task(kind, total=max(path.stat().st_size, 1) if path.exists() else 1)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield on_file


def print_reports(reports: Sequence[ImportReport]) -> None:
    """A line for each file, then the first problems."""
    summary = []
    for report in reports:
        counts = (report.rows, report.imported, report.duplicates, report.refused)
        summary.append([report.kind, report.file, *(f"{count:,}" for count in counts)])
    people.print(table_of(["Kind", "File", "Rows", "In", "There already", "Refused"], summary))
    for report in reports:
        _print_problems(report)
    if any(report.dry_run for report in reports):
        people.print("This was a dry run: nothing was changed.")


def _print_problems(report: ImportReport) -> None:
    if not report.problem_count:
        return
    rows = [
        (str(problem.line), problem.field, problem.value, problem.rule, problem.message)
        for problem in report.problems[:SHOWN_PROBLEMS]
    ]
    people.print(table_of(["Line", "Field", "Value", "Rule", "What is wrong"], rows, report.file))
    if report.problem_count > SHOWN_PROBLEMS:
        people.print(f"and {report.problem_count - SHOWN_PROBLEMS:,} more; --problems-file writes them all to a file")
