"""Write what there is of a kind as CSV."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.db.models import QuerySet

from banyan.billruns.reading import one_moment
from banyan.kernel.refusals import invalid
from banyan.transfer.cells import harmless
from banyan.transfer.columns import Column, FileKind, View
from banyan.transfer.kinds import kind_named

CHUNK = 2_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many rows of a kind went into a file."""

    kind: str
    file: str
    rows: int


def export_file(
    kind: str,
    stream: BinaryIO,
    *,
    on: date | None = None,
    whole: bool = False,
    for_spreadsheets: bool = False,
    on_progress: Progress | None = None,
) -> int:
    """Write the rows of a kind with the columns that an import takes, references by number (IMP-2); how many there are.

    Memory is bounded by a chunk of rows, and all rows belong to one moment. `on`: relations, terms and payers of that
    day instead of today; refused for kinds that don't differ from day to day. `whole`: as part of an export of
    everything, so without what has a file of changes. `for_spreadsheets` puts an apostrophe before texts that would be
    run as formulas; such a file is not for importing. `on_progress` is told the rows written and the rows there are
    after each chunk.
    """
    file_kind = kind_named(kind)
    check_day(file_kind, on)
    view = View(on, whole)
    with one_moment():
        return _write(file_kind, view, stream, for_spreadsheets, on_progress)


def check_day(kind: FileKind, on: date | None) -> None:
    """Refuse a day of a kind that does not differ from day to day."""
    if on is not None and not kind.dated:
        message = f"{kind.name} are the same on every day; leave the day out"
        raise invalid("on", "not_dated", message, "IMP-2", on)


def exported(kind: str, *, on: date | None = None, for_spreadsheets: bool = False) -> BinaryIO:
    """The same in a file without a name, to be read from its beginning."""
    file = TemporaryFile()  # noqa: SIM115  (who is given it closes it)
    export_file(kind, file, on=on, for_spreadsheets=for_spreadsheets)
    file.seek(0)
    return file


def export_to_path(kind: str, path: Path, **options: Any) -> int:
    """The same to a file, which has its name only once it is complete. Refused where it can't be written."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            rows = export_file(kind, stream, **options)
        unfinished.replace(path)
    except OSError as error:
        raise invalid(
            "file", "unwritable_file", f"{path} can't be written: {error.strerror}", "IMP-2", str(path)
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def _write(kind: FileKind, view: View, stream: BinaryIO, for_spreadsheets: bool, on_progress: Progress | None) -> int:
    columns, queries = kind.columns_in(view), kind.rows(view)
    total = sum(query.count() for query in queries) if on_progress else 0
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    writers = [_writer(column, for_spreadsheets) for column in columns]
    written = 0
    for row in _rows(queries, columns, view):
        writer.writerow([write(value) for write, value in zip(writers, row, strict=True)])
        written += 1
        if on_progress and written % CHUNK == 0:
            on_progress(written, total)
    text.detach()
    if on_progress:
        on_progress(written, total)
    return written


def _rows(queries: Sequence[QuerySet[Any]], columns: Sequence[Column], view: View) -> Iterator[tuple[Any, ...]]:
    """The values of each row, read by a cursor of the server's so that only a chunk is here at a time."""
    values = {f"cell_{place}": column.value_in(view) for place, column in enumerate(columns)}
    for query in queries:
        yield from query.annotate(**values).values_list(*values).iterator(chunk_size=CHUNK)


def _writer(column: Column, for_spreadsheets: bool) -> Callable[[Any], str]:
    write = column.type.write
    if for_spreadsheets and column.type.is_text:
        return lambda value: "" if value is None else harmless(write(value))
    return lambda value: "" if value is None else write(value)
