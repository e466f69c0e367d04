"""Bring a file in."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction

from banyan.foundation.gc_pauses import gc_paused
from banyan.foundation.statistics import count_grown_tables
from banyan.kernel.refusals import invalid
from banyan.transfer.columns import Record
from banyan.transfer.kinds import kind_named
from banyan.transfer.layouts import Layout, rows_in
from banyan.transfer.records import import_chunk, read_records
from banyan.transfer.repeats import Repeats, alone
from banyan.transfer.report import ImportReport, Noting, problems_written_to

CHUNK = 2_000
COMMAS = Layout()
Progress = Callable[[int, int], None]


def import_file(
    kind: str,
    path: Path,
    *,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    problems_file: Path | None = None,
    on_progress: Progress | None = None,
    layout: Layout = COMMAS,
) -> ImportReport:
    """Bring in the good rows of a file and report every bad one (IMP-1).

    A dry run does all of it and takes it back, so its report is that of the real run. With `all_or_nothing` one bad row
    keeps all of them out. Refuses a file that can't be read at all or whose columns are not those of its kind.
    `on_progress` is told the bytes read and the bytes of the file after each chunk, which is one transaction.
    """
    report = ImportReport(kind_named(kind).name, str(path), dry_run)
    with _opened(path) as stream, problems_written_to(problems_file) as also_write:
        size = os.fstat(stream.fileno()).st_size
        import_stream(stream, size, report, Noting(report, also_write), all_or_nothing, layout, on_progress)
    return report


def import_stream(
    stream: BinaryIO,
    size: int,
    report: ImportReport,
    noting: Noting,
    all_or_nothing: bool = False,
    layout: Layout = COMMAS,
    on_progress: Progress | None = None,
) -> None:
    """The same with an open file of `size` bytes; `report` says its kind, its name and whether to try, and then what
    was done.
    """
    kind, rows = kind_named(report.kind), rows_in(stream, report.file, layout)
    columns = layout.columns(kind.columns_of(rows.header))
    records = read_records(kind, columns, rows)
    with transaction.atomic() if report.dry_run or all_or_nothing else nullcontext(), alone(kind):
        repeats = Repeats(kind, columns)
        for number, chunk in enumerate(_chunks(records), start=1):
            with transaction.atomic(), gc_paused():
                import_chunk(kind, chunk, repeats, report, noting)
            if number.bit_count() == 1:  # 1, 2, 4, 8 …: each time there may be twice as many rows
                count_grown_tables()
            if on_progress:
                on_progress(rows.bytes_read, size)
        _take_back_if(report, all_or_nothing)
    count_grown_tables()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise invalid(
            "file", "unreadable_file", f"{path} can't be read: {error.strerror}", "IMP-1", str(path)
        ) from None


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _take_back_if(report: ImportReport, all_or_nothing: bool) -> None:
    """Undo what the file's transaction did: always after a dry run, and of all or nothing when a row is bad."""
    if all_or_nothing and report.problem_count:
        report.imported = 0
    elif not report.dry_run:
        return
    else:
        check_what_commit_would_check()
    transaction.set_rollback(True)


def check_what_commit_would_check() -> None:
    """Have the constraints that wait for the end of the transaction checked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
