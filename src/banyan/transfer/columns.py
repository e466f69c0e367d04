"""What a kind of file is: its columns, how its rows become records, and the action that takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from banyan.accounts.models import CustomFieldType
from banyan.accounts.queries import custom_fields
from banyan.kernel.refusals import Problem, Problems, Refusal
from banyan.transfer.cells import DATE, DECIMAL, TEXT, YES_OR_NO, BadCell, CellType
from banyan.transfer.csv_rows import CsvRow


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header is the API's field name, dotted where the API nests.

    `refers_to` names what the cell refers to by its number, code, name or key (see queries.REFERENCES).
    """

    name: str
    explained: str
    type: CellType = TEXT
    required: bool = False
    refers_to: str | None = None


@dataclass(slots=True)
class Row:
    """What one row says: its cells as they stand in the file, the values given in them, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """One thing to be made: usually one row; several where a kind gathers them (the items of a subscription)."""

    rows: list[Row]

    def get(self, column: str) -> Any:
        """The value of a column in the first row, None when its cell is blank or the file lacks the column."""
        return self.rows[0].values.get(column)

    def fields(self) -> dict[str, Any]:
        """The given values of the first row as the API nests them: `account.currency` is `currency` in `account`."""
        nested: dict[str, Any] = {}
        for column, value in self.rows[0].values.items():
            *above, name = column.split(".")
            inside = nested
            for part in above:
                inside = inside.setdefault(part, {})
            inside[name] = value
        return nested

    @property
    def is_bad(self) -> bool:
        return any(row.problems for row in self.rows)


@dataclass(frozen=True, slots=True)
class Written:
    """What an action made of records: which were refused (by position), and how many were there already."""

    refused: Mapping[int, Refusal]
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of file.

    `names` says by which of its columns rows below can refer to a row, for each kind of reference. Consecutive rows
    with the same value in the column `gathered_by` are one record, whose rows differ in the `own` columns only. What
    the columns `once` say together may stand in a file once. Beside its own columns it has one for each custom field of
    the subjects that `custom_fields` maps prefixes to (FLD-2). `write` gives the records to the action, in the order of
    the file.
    """

    name: str
    explained: str
    columns: tuple[Column, ...]
    write: Callable[[Sequence[Record]], Written]
    names: Mapping[str, str] = field(default_factory=dict)
    gathered_by: str | None = None
    own: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    custom_fields: Mapping[str, str] = field(default_factory=dict)

    def columns_of(self, header: Sequence[str]) -> tuple[Column, ...]:
        """The columns that a header names, in its order. Refuses unknown and missing ones together (IMP-1)."""
        known = {column.name: column for column in (*self.columns, *custom_columns(self.custom_fields))}
        problems = Problems()
        for name in header:
            if name not in known:
                allowed = ", ".join(known)
                message = f"{name!r} is no column of {self.name}; its columns are {allowed}"
                problems.add(name, "unknown_column", message, "IMP-1", name)
        for column in self.columns:
            if column.required and column.name not in header:
                message = f"the column {column.name!r} is missing; {self.name} can't do without it"
                problems.add(column.name, "missing_column", message, "IMP-1")
        problems.raise_if_any()
        return tuple(known[name] for name in header)


def address_columns(prefix: str, whose: str) -> tuple[Column, ...]:
    """The six columns of an address (CUS-5, ACC-13)."""
    parts = {
        "line1": "first line",
        "line2": "second line",
        "city": "city",
        "state": "state or region",
        "postal_code": "postal code",
        "country": "country, ISO 3166-1 alpha-2",
    }
    return tuple(Column(f"{prefix}.{part}", f"{whose}: {explained}") for part, explained in parts.items())


_CELLS_OF_CUSTOM_FIELDS = {
    CustomFieldType.TEXT: TEXT,
    CustomFieldType.NUMBER: DECIMAL,
    CustomFieldType.DATE: DATE,
    CustomFieldType.YES_NO: YES_OR_NO,
    CustomFieldType.CHOICE: TEXT,
}


def custom_columns(subjects: Mapping[str, str]) -> tuple[Column, ...]:
    """A column for each custom field of the subjects, under their prefixes: `account.custom_fields.region`."""
    return tuple(
        Column(f"{prefix}{field.key}", field.label, _CELLS_OF_CUSTOM_FIELDS[CustomFieldType(field.type)])
        for prefix, subject in subjects.items()
        for field in custom_fields().filter(subject=subject).order_by("id")
    )


def read_row(row: CsvRow, columns: Sequence[Column]) -> Row:
    """The values of a row by column; a cell that can't be read and a required one that is blank are problems."""
    if row.problem:
        return Row(row.line, {}, problems=[row.problem])
    read = Row(row.line, {column.name: cell.strip() for column, cell in zip(columns, row.cells, strict=True)})
    for column in columns:
        if text := read.cells[column.name]:
            _read_cell(read, column, text)
        elif column.required:
            read.problems.append(Problem(column.name, "required", f"{column.name} can't be blank", "IMP-1"))
    return read


def _read_cell(row: Row, column: Column, text: str) -> None:
    try:
        row.values[column.name] = column.type.read(text)
    except BadCell as bad:
        row.problems.append(Problem(column.name, bad.code, bad.message))


def one_by_one(do: Callable[[Record], object]) -> Callable[[Sequence[Record]], Written]:
    """A `write` for a verb that takes one thing at a time; what it refuses is left out."""

    def write(records: Sequence[Record]) -> Written:
        refused: dict[int, Refusal] = {}
        for position, record in enumerate(records):
            try:
                do(record)
            except Refusal as refusal:
                refused[position] = refusal
        return Written(refused)

    return write


def all_at_once(do: Callable[[list[Record]], Sequence[object]]) -> Callable[[Sequence[Record]], Written]:
    """A `write` for a set-based verb, which answers each record with what it made or with a refusal."""

    def write(records: Sequence[Record]) -> Written:
        answers = do(list(records))
        return Written({position: answer for position, answer in enumerate(answers) if isinstance(answer, Refusal)})

    return write
