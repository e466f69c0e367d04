"""CSV files read as a stream: a header, then rows that know the line of the file they start on (IMP-1).

RFC 4180 in UTF-8, with commas or another separator; a byte order mark and CRLF are accepted. Memory is
bounded by one row: a line is at most 1 MiB and a cell at most 131,072 characters. What can't be read makes that row a
problem, not the whole file.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from banyan.kernel.refusals import Problem, Problems, invalid
from banyan.kernel.texts import shown

LONGEST_LINE = 1 << 20
MOST_COLUMNS = 1_000
"""Of a header; far more than any kind has."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WORKBOOK = b"PK\x03\x04"
_UNREADABLE = {
    "unexpected end of data": (
        "quote_not_closed",
        "a quote opens in this row and is never closed; write a quote inside a cell twice",
    ),
    "field larger than field limit": (
        "cell_too_long",
        "a cell of this row is longer than 131,072 characters; perhaps a quote is never closed",
    ),
    "new-line character seen": (
        "not_csv",
        "a carriage return stands alone; end each line with a line feed, and put a cell of several lines in quotes",
    ),
    "' expected after '\"'": (
        "text_after_quote",
        "text follows a closing quote; put the whole cell in quotes and write a quote inside it twice",
    ),
}


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The cells of one row and the line it starts on, or the problem that made it unreadable."""

    line: int
    cells: tuple[str, ...]
    problem: Problem | None = None


class CsvRows:
    """The header of a stream and an iterator of its rows. Blank lines are skipped but counted."""

    def __init__(self, stream: BinaryIO, separator: str = ",") -> None:
        """Refuses a file without a readable header (IMP-1)."""
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, strict=True, delimiter=separator)
        self.header: tuple[str, ...] = ()
        self.header = checked_header(next(self, None))

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    def __iter__(self) -> Iterator[CsvRow]:
        return self

    def __next__(self) -> CsvRow:
        row = self._next_row()
        while row.problem is None and not any(cell and not cell.isspace() for cell in row.cells):
            row = self._next_row()
        return row

    def _next_row(self) -> CsvRow:
        line = self._lines.number + 1
        self._lines.problem = None
        try:
            cells = tuple(next(self._reader))
        except csv.Error as error:
            return CsvRow(line, (), self._lines.problem or _unreadable(str(error)))
        return fitted(CsvRow(line, cells, self._lines.problem), self.header)


def checked_header(first: CsvRow | None) -> tuple[str, ...]:
    """The names in the first row that holds something; empty columns to the right of them are nothing. Refused: none,
    one that can't be read, too many, or one that stands twice.
    """
    if first is None:
        raise invalid("file", "empty_file", "the file is empty; its first line names the columns", "IMP-1")
    if first.problem:
        raise invalid("file", first.problem.code, f"line {first.line}: {first.problem.message}", "IMP-1")
    header = tuple(name.strip() for name in first.cells)
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > MOST_COLUMNS:
        message = f"line {first.line}: the header names {len(header):,} columns; at most {MOST_COLUMNS:,} are read"
        raise invalid("file", "too_many_columns", message, "IMP-1", len(header))
    _refuse_repeated_columns(header)
    return header


def fitted(row: CsvRow, header: tuple[str, ...]) -> CsvRow:
    """The row with as many cells as the header has columns: empty ones to the right of them are nothing. Others too
    many, or too few, are its problem.
    """
    if row.problem or not header or len(row.cells) == len(header) or not row.cells:
        return row
    if len(row.cells) > len(header) and not any(cell.strip() for cell in row.cells[len(header) :]):
        return replace(row, cells=row.cells[: len(header)])
    return replace(row, problem=_wrong_width(row.cells, header))


class _Lines:
    """The lines of a stream as text; `problem` is what is wrong with the bytes read since it was last set to None."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.bytes_read = 0
        self.problem: Problem | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._stream.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            self._skip_rest_of_line()
        start = self.bytes_read
        self.number += 1
        self.bytes_read += len(raw)
        if self.number == 1:
            _refuse_workbook(raw)
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            self.problem = self.problem or _not_utf_8(raw[error.start], start + error.start)
            return raw.decode("utf-8", "replace")

    def _skip_rest_of_line(self) -> None:
        self.problem = Problem("", "line_too_long", "the line is longer than 1 MiB", "IMP-1")
        while (rest := self._stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            self.bytes_read += len(rest)
        self.bytes_read += len(rest)


def _refuse_workbook(first_line: bytes) -> None:
    if first_line.startswith(_WORKBOOK):
        message = "this is an Excel workbook and no CSV file; give it a name that ends in .xlsx"
        raise invalid("file", "is_a_workbook", message, "IMP-1")


def _unreadable(error: str) -> Problem:
    for beginning, (code, message) in _UNREADABLE.items():
        if beginning in error:
            return Problem("", code, message, "IMP-1")
    return Problem("", "not_csv", f"the row can't be read as CSV: {error}", "IMP-1")


def _not_utf_8(byte: int, offset: int) -> Problem:
    message = f"byte 0x{byte:02x} at offset {offset} of the file is not UTF-8; save the file as UTF-8"
    return Problem("", "not_utf_8", message, "IMP-1")


def _wrong_width(cells: tuple[str, ...], header: tuple[str, ...]) -> Problem:
    message = f"the row has {len(cells)} cells, the header names {len(header)} columns"
    return Problem("", "wrong_number_of_cells", message, "IMP-1", len(cells))


def _refuse_repeated_columns(header: tuple[str, ...]) -> None:
    problems = Problems()
    for name in (name for name, count in Counter(header).items() if count > 1):
        problems.add(name, "repeated_column", f"the column {shown(name)} stands twice in the header", "IMP-1", name)
    problems.raise_if_any()
