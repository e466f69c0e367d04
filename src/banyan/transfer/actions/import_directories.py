"""Bring in directories of CSV files."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from django.db import transaction

from banyan.kernel.refusals import Problems, invalid
from banyan.transfer.actions.import_file import Progress, import_file
from banyan.transfer.kinds import KINDS
from banyan.transfer.report import ImportReport


def files_of(directory: Path) -> list[tuple[str, Path]]:
    """The CSV files right in a directory, named after their kinds (`customers.csv`), in the order they depend on.

    Refuses a CSV file that is named after no kind.
    """
    found = {path.stem: path for path in directory.glob("*.csv")}
    problems = Problems()
    for stem in found.keys() - KINDS.keys():
        message = f"{found[stem].name} is named after no kind of file; name it after one of {', '.join(KINDS)}"
        problems.add("file", "unknown_kind", message, "IMP-1", found[stem].name)
    problems.raise_if_any()
    return [(kind, found[kind]) for kind in KINDS if kind in found]


def directories_of(directory: Path) -> list[Path]:
    """A directory and those in it that hold CSV files, in the order of their names; refuses what is no directory."""
    if not directory.is_dir():
        raise invalid("file", "not_a_directory", f"{directory} is not a directory", "IMP-1", str(directory))
    below = sorted({path.parent for path in directory.glob("*/*.csv")})
    return [directory, *below]


def import_directories(
    directories: Sequence[Path],
    *,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    on_file: Callable[[str, Path], Progress] | None = None,
) -> list[ImportReport]:
    """Bring in every CSV file right in the directories, one directory after the other (see import_file).

    A dry run takes all files back together, since they build on each other; with `all_or_nothing` one bad row in
    any file keeps all of them out. `on_file` is told each file before it is read and answers whom to tell of its
    progress.
    """
    files = [file for each in directories for file in files_of(each)]
    with transaction.atomic() if dry_run or all_or_nothing else nullcontext():
        reports = [
            import_file(kind, path, on_progress=on_file(kind, path) if on_file else None) for kind, path in files
        ]
        if dry_run or (all_or_nothing and any(report.problem_count for report in reports)):
            transaction.set_rollback(True)
    return [_as_taken_back(report, dry_run, all_or_nothing, reports) for report in reports]


def _as_taken_back(
    report: ImportReport, dry_run: bool, all_or_nothing: bool, reports: Sequence[ImportReport]
) -> ImportReport:
    nothing = all_or_nothing and any(each.problem_count for each in reports)
    return replace(report, dry_run=dry_run, imported=0 if nothing else report.imported)
