"""What a kind of file is: its columns, how its rows become records, the action that takes them, what goes out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Case, DecimalField, F, Func, IntegerField, OuterRef, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Greatest

from banyan.accounts.models import CustomFieldType
from banyan.accounts.queries import custom_fields
from banyan.accounts.today import today
from banyan.kernel.money import CURRENCIES
from banyan.kernel.refusals import Problem, Problems, Refusal, invalid
from banyan.kernel.texts import shown
from banyan.transfer.cells import DATE, DECIMAL, TEXT, YES_OR_NO, BadCell, CellType
from banyan.transfer.csv_rows import CsvRow
from banyan.transfer.queries import REFERENCES

OTHER_SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma"}


@dataclass(frozen=True, slots=True)
class View:
    """What an export looks at: what holds `on` a day, None for today and, of what is a history, all of it.

    `whole`: everything goes out, so what changed later is in the files of changes. `as_begun`: links and payers are
    those of the day on which an account or subscription starts, as the row says that made it.
    """

    on: date | None = None
    whole: bool = False
    as_begun: bool = False

    @property
    def day(self) -> date:
        return self.on or today()

    def day_of_links(self, start: str) -> date | OuterRef:
        """The day whose links and payers are shown; `start` is where a row has the day on which it starts."""
        return OuterRef(start) if self.as_begun else self.day


Source = str | Combinable | Callable[[View], Combinable]
"""Where the value of a column comes from: a path from the row that is exported, an expression, or one for a view."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header is the API's field name, dotted where the API nests.

    `refers_to` names what the cell refers to by its number, code, name or key (see queries.REFERENCES). `source` is
    where its value is found when it is written, by default under its own name. `later`: the kind of file in which an
    export of everything has this instead, because it can only hold once other files are in. `only_read`: it is never
    written.
    """

    name: str
    explained: str
    type: CellType = TEXT
    required: bool = False
    refers_to: str | None = None
    source: Source | None = None
    later: str | None = None
    only_read: bool = False

    def value_in(self, view: View) -> Combinable:
        """The expression that finds its value in a row that is exported."""
        source = self.source if self.source is not None else self.name.replace(".", "__")
        if isinstance(source, str):
            return F(f"{source}__{REFERENCES[self.refers_to].field}" if self.refers_to else source)
        return source if isinstance(source, Combinable) else source(view)


@dataclass(slots=True)
class Row:
    """What one row says: its cells as they stand in the file, the values given in them, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
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


SETS_AGAIN = "It sets again what it says, whatever it was changed to since."


@dataclass(frozen=True, slots=True)
class KnownBy:
    """The columns by which what a row says is known when it comes again (see repeats).

    `is_unique`: there can be one of that name only, and its verb refuses another. Where the name is made up because its
    cell is blank, it is looked for by the columns `otherwise`, and by all that the row says. What is not unique is
    known by all of its columns together; of `made_up` ones a blank cell says nothing. `may_differ`: another one of that
    name is another thing; otherwise it is refused, since it would hold beside the one that is there.
    """

    columns: tuple[str, ...]
    is_unique: bool = True
    otherwise: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    may_differ: bool = False


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file.

    `known_by` tells what is there already; where it is None, the verb itself does, and `repeated` says in words what a
    row does that comes again. `names` says by which of its columns rows below can refer to a row, for each kind of
    reference. Consecutive rows with the same value in the column `gathered_by` are one record, whose rows differ in the
    `own` columns only. What the columns `once` say together may stand in a file once. Beside its own columns it has one
    for each custom field of the subjects that `custom_fields` maps prefixes to (FLD-2). `write` gives the records to
    the action, in the order of the file. `rows` are those to export, one query after the other; `dated`: they or their
    values differ from day to day.
    """

    name: str
    explained: str
    columns: tuple[Column, ...]
    write: Callable[[Sequence[Record]], Written]
    rows: Callable[[View], Sequence[QuerySet[Any]]]
    repeated: str | None = None
    known_by: KnownBy | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    gathered_by: str | None = None
    own: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    only_reads_custom_fields: bool = False
    dated: bool = False

    def columns_in(self, view: View) -> tuple[Column, ...]:
        """The columns that an export has."""
        custom = () if self.only_reads_custom_fields else custom_columns(self.custom_fields)
        written = (column for column in (*self.columns, *custom) if not column.only_read)
        return tuple(column for column in written if not (view.whole and column.later))

    def columns_of(self, header: Sequence[str]) -> tuple[Column, ...]:
        """The columns that a header names, in its order. Refuses unknown and missing ones together (IMP-1)."""
        known = {column.name: column for column in (*self.columns, *custom_columns(self.custom_fields))}
        _refuse_other_separators(header, known)
        problems = Problems()
        for name in header:
            if name not in known:
                allowed = ", ".join(known)
                message = f"{shown(name)} is not a column of {self.name}; its columns are {allowed}"
                problems.add(name, "unknown_column", message, "IMP-1", name)
        for column in self.columns:
            if column.required and column.name not in header:
                message = f"the column {column.name!r} is missing; {self.name} can't do without it"
                problems.add(column.name, "missing_column", message, "IMP-1")
        problems.raise_if_any()
        return tuple(known[name] for name in header)


def _refuse_other_separators(header: Sequence[str], known: Collection[str]) -> None:
    """IMP-1: a spreadsheet may have written semicolons or tabs; then the whole header looks like one column."""
    for separator, called in OTHER_SEPARATORS.items():
        if len(header) == 1 and len({*known} & set(header[0].split(separator))) > 1:
            message = f"{called}s separate the columns here; choose the {called} as the separator"
            raise invalid("file", "other_separator", message, "IMP-1")


def address_columns(prefix: str, whose: str, source: str | None = None) -> tuple[Column, ...]:
    """The six columns of an address (CUS-5, ACC-13), which is found under `source`, by default the prefix."""
    parts = {
        "line1": "first line",
        "line2": "second line",
        "city": "city",
        "state": "state or region",
        "postal_code": "postal code",
        "country": "country, ISO 3166-1 alpha-2",
    }
    return tuple(
        Column(f"{prefix}.{part}", f"{whose}: {explained}", source=KeyTransform(part, source or prefix))
        for part, explained in parts.items()
    )


def under(prefix: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns with a prefix to their names; their values are found where they were."""
    return tuple(
        replace(column, name=f"{prefix}{column.name}", source=column.source or column.name.replace(".", "__"))
        for column in columns
    )


def amount_of(field: str, currency: str) -> Func:
    """The amount of a field with the decimals of its currency, which is found under the path `currency` (MON-1)."""
    return Func(F(field), _decimals_of(currency), function="ROUND", output_field=DecimalField())


def exact_amount_of(field: str, currency: str) -> Func:
    """The same of what isn't rounded, such as a unit price: all its decimals where it has more."""
    own = Func(F(field), function="MIN_SCALE", output_field=IntegerField())
    return Func(F(field), Greatest(own, _decimals_of(currency)), function="ROUND", output_field=DecimalField())


def _decimals_of(currency: str) -> Case:
    codes: dict[int, list[str]] = {}
    for code, decimals in CURRENCIES.items():
        codes.setdefault(decimals, []).append(code)
    return Case(
        *(When(**{f"{currency}__in": found}, then=decimals) for decimals, found in sorted(codes.items())),
        output_field=IntegerField(),
    )


_CELLS_OF_CUSTOM_FIELDS = {
    CustomFieldType.TEXT: TEXT,
    CustomFieldType.NUMBER: DECIMAL,
    CustomFieldType.DATE: DATE,
    CustomFieldType.YES_NO: YES_OR_NO,
    CustomFieldType.CHOICE: TEXT,
}


_CUSTOM_FIELDS_OF = {"customer": "customer__custom_fields", "account": "custom_fields"}
"""Where they are found from an account, which is what the rows of all kinds with custom fields are."""


def custom_columns(subjects: Mapping[str, str]) -> tuple[Column, ...]:
    """A column for each custom field of the subjects, under their prefixes: `account.custom_fields.region`."""
    return tuple(
        Column(
            f"{prefix}{field.key}",
            field.label,
            _CELLS_OF_CUSTOM_FIELDS[CustomFieldType(field.type)],
            source=KeyTransform(field.key, _CUSTOM_FIELDS_OF[subject]),
        )
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


def one_by_one(
    do: Callable[[Record], object], is_there: Callable[[Record], bool] = lambda record: False
) -> Callable[[Sequence[Record]], Written]:
    """A `write` for a verb that takes one thing at a time; what it refuses is left out.

    A record that says what `is_there` already counts as a duplicate.
    """

    def write(records: Sequence[Record]) -> Written:
        refused: dict[int, Refusal] = {}
        duplicates = 0
        for position, record in enumerate(records):
            if is_there(record):
                duplicates += 1
                continue
            try:
                do(record)
            except Refusal as refusal:
                refused[position] = refusal
        return Written(refused, duplicates)

    return write


def all_at_once(do: Callable[[list[Record]], Sequence[object]]) -> Callable[[Sequence[Record]], Written]:
    """A `write` for a set-based verb, which answers each record with what it made or with a refusal."""

    def write(records: Sequence[Record]) -> Written:
        answers = do(list(records))
        return Written({position: answer for position, answer in enumerate(answers) if isinstance(answer, Refusal)})

    return write
