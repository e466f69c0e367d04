"""The first sheet of an Excel workbook, row by row: a header, then rows that know their number in the sheet (IMP-1).

Cells become the texts that a CSV file would have: days as 2026-01-31, decimals with a point, true and false. A workbook
is unpacked as it is read and its texts are held in memory, so it is limited in rows and in size; CSV files are not.
"""

import io
import shutil
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from banyan.kernel.refusals import Problem, invalid
from banyan.transfer.csv_rows import CsvRow, checked_header, fitted

MOST_ROWS = 100_000
MOST_BYTES = 256 << 20
"""Of all that is packed in a workbook, unpacked."""
ERROR = "e"
_UNREADABLE = "the file is not an Excel workbook (.xlsx) that can be read; save it again, or as CSV"


class XlsxRows:
    """The header of a workbook and an iterator of its rows. Empty rows are skipped but counted."""

    def __init__(self, stream: BinaryIO) -> None:
        """Refuses what is no workbook, is too large, or has no readable header (IMP-1)."""
        file = _seekable(stream)
        self._size = file.seek(0, io.SEEK_END)
        _refuse_too_large(file)
        try:
            sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
            self._rows: Iterator[Any] = iter(sheet.iter_rows())
            self._most = max(sheet.max_row or 1, 1)
        except Exception as error:  # the library lets through whatever a broken part of a file raises
            raise invalid("file", "not_xlsx", _UNREADABLE, "IMP-1") from error
        self._number = 0
        self.header: tuple[str, ...] = ()
        self.header = checked_header(next(self, None))

    @property
    def bytes_read(self) -> int:
        """By the rows read."""
        return min(self._size, self._size * self._number // self._most)

    def __iter__(self) -> Iterator[CsvRow]:
        return self

    def __next__(self) -> CsvRow:
        while (cells := self._next_cells()) is not None:
            self._number += 1
            if self._number > MOST_ROWS:
                message = f"the sheet has more than {MOST_ROWS:,} rows; save it as CSV, which has no such limit"
                raise invalid("file", "too_many_rows", message, "IMP-1", self._number)
            texts = tuple(_text_of(cell.value) for cell in cells)
            if any(texts):
                wrong = next((cell for cell in cells if cell.data_type == ERROR), None)
                return fitted(CsvRow(self._number, texts, None if wrong is None else _error_in(wrong)), self.header)
        raise StopIteration

    def _next_cells(self) -> Any:
        try:
            return next(self._rows, None)
        except Exception as error:
            raise invalid("file", "not_xlsx", _UNREADABLE, "IMP-1") from error


def _text_of(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{Decimal(f'{value:.15g}'):f}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _error_in(cell: Any) -> Problem:
    message = f"the cell {cell.coordinate} holds the error {cell.value}; mend its formula"
    return Problem("", "formula_error", message, "IMP-1", str(cell.value))


def _seekable(stream: BinaryIO) -> BinaryIO:
    if stream.seekable():
        return stream
    copy = TemporaryFile()  # noqa: SIM115  (gone with its last reader)
    shutil.copyfileobj(stream, copy)
    return copy


def _refuse_too_large(file: BinaryIO) -> None:
    try:
        with ZipFile(file) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except BadZipFile as error:
        raise invalid("file", "not_xlsx", _UNREADABLE, "IMP-1") from error
    if size > MOST_BYTES:
        message = f"the workbook unpacks to {size >> 20:,} MiB, more than {MOST_BYTES >> 20}; save the sheet as CSV"
        raise invalid("file", "too_large", message, "IMP-1", size)
