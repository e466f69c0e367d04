"""Write everything that files can hold, so that another tenant can be made of it."""

from collections.abc import Callable
from pathlib import Path

from banyan.billruns.reading import one_moment
from banyan.kernel.refusals import invalid
from banyan.transfer.actions.export_file import ExportReport, Progress, export_to_path
from banyan.transfer.kinds import KINDS


def export_directory(
    directory: Path, *, for_spreadsheets: bool = False, on_file: Callable[[str, Path], Progress] | None = None
) -> list[ExportReport]:
    """A file for each kind that there are rows of, all of one moment, in a new or empty directory (IMP-2).

    They can be imported as a directory into an empty tenant. A file is complete as soon as it has its name. `on_file`
    is told each file before it is written and answers whom to tell of its progress.
    """
    _make_empty(directory)
    with one_moment():
        return [
            report for kind in KINDS if (report := _export(kind, directory / f"{kind}.csv", for_spreadsheets, on_file))
        ]


def _export(
    kind: str, path: Path, for_spreadsheets: bool, on_file: Callable[[str, Path], Progress] | None
) -> ExportReport | None:
    rows = export_to_path(
        kind,
        path,
        whole=True,
        for_spreadsheets=for_spreadsheets,
        on_progress=on_file(kind, path) if on_file else None,
    )
    if not rows:
        path.unlink()
        return None
    return ExportReport(kind, str(path), rows)


def _make_empty(directory: Path) -> None:
    """Make the directory. Refuses one that holds anything: files of another time would be imported with these."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        is_empty = not any(directory.iterdir())
    except OSError as error:
        message = f"{directory} can't be used: {error.strerror}"
        raise invalid("file", "unwritable_directory", message, "IMP-2", str(directory)) from None
    if not is_empty:
        message = f"{directory} is not empty; name a new directory or an empty one"
        raise invalid("file", "directory_not_empty", message, "IMP-2", str(directory))
