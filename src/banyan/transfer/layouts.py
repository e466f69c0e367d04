"""How a file is laid out, as whoever sends it says: nothing is guessed (IMP-1)."""

from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from banyan.kernel.refusals import invalid
from banyan.transfer.cells import AMOUNT, DECIMAL, TIERS, BadCell, CellType
from banyan.transfer.columns import Column
from banyan.transfer.csv_rows import CsvRows
from banyan.transfer.xlsx_rows import XlsxRows

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
WORKBOOK = ".xlsx"


@dataclass(frozen=True, slots=True)
class Layout:
    """What separates the cells of a CSV file, and whether its decimals are written 1234,50. An Excel workbook, which is
    known by its name, has neither.
    """

    separator: str = ","
    decimal_comma: bool = False

    def __post_init__(self) -> None:
        if self.separator not in SEPARATORS:
            message = f"{self.separator!r} separates no cells; choose a comma, a semicolon or a tab"
            raise invalid("separator", "unknown_separator", message, "IMP-1", self.separator)

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns as their cells are written in such a file."""
        return tuple(map(_with_decimal_comma, columns)) if self.decimal_comma else columns


def rows_in(stream: BinaryIO, name: str, layout: Layout) -> CsvRows | XlsxRows:
    """The header and the rows of a file of that name. Refuses one that can't be read as such."""
    return XlsxRows(stream) if name.lower().endswith(WORKBOOK) else CsvRows(stream, layout.separator)


def _with_decimal_comma(column: Column) -> Column:
    if column.type not in (DECIMAL, AMOUNT, TIERS):
        return column
    plain: CellType = column.type

    def read(text: str) -> object:
        if "." in text:
            raise BadCell("not_a_decimal_comma", f"{text!r:.40} has a point; with a decimal comma write 1234,50")
        return plain.read(text.replace(",", "."))

    def write(value: Any) -> str:
        return plain.write(value).replace(".", ",")

    described = plain.described_as.replace(".", ",")
    return replace(column, type=replace(plain, described_as=described, read=read, write=write))
