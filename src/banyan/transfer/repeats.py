"""A file that is brought in again changes nothing: its rows say what is there already (IMP-1).

A thing is known by what files name it by, or, where it has no such name, by all that is said of it. What is there from
before the file began counts once: two equal charges in one file are two, and both are there when the file comes again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Max

from banyan.kernel.refusals import Problem
from banyan.transfer.cells import BadCell
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, View

_LOCK = "hashtextextended('banyan.transfer.' || %s || '.' || current_schema(), 0)"
_AS_BEGUN = View(whole=True, as_begun=True)
Name = tuple[Any, ...]


@dataclass(slots=True)
class Thing:
    """What is there: its rows, as an export of everything writes them and an import reads them, by column."""

    pk: int
    rows: list[Mapping[str, Any]] = field(default_factory=list)


class Repeats:
    """What a kind had when a file of it began, for the columns that the file has."""

    def __init__(self, kind: FileKind, columns: Sequence[Column]) -> None:
        self._kind = kind
        self._given = columns
        self._read = tuple({column.name: column for column in (*kind.columns, *columns)}.values())
        self._column = {column.name: column for column in self._read}
        self._used: set[int] = set()
        self._last = _last_number(kind) if kind.known_by else 0

    def sort_out(self, records: Sequence[Record]) -> tuple[list[Record], int]:
        """The records that are not there yet, and of how many rows the others are.

        A record that says something else of what it names by a name of several columns is noted as a problem.
        """
        known_by = self._kind.known_by
        if known_by is None or not self._last or not records:
            return list(records), 0
        new, rows_there = [], 0
        for columns, named in self._by_columns(known_by, records).items():
            things = self._things(columns, named)
            for record in named:
                found = things.get(self._name_in(record, columns), [])
                if self._is_there(record, found, known_by, columns == known_by.columns and known_by.is_unique):
                    rows_there += len(record.rows)
                elif not record.is_bad:
                    new.append(record)
        place = {id(record): number for number, record in enumerate(records)}
        new.sort(key=lambda record: place[id(record)])
        return new, rows_there

    def _by_columns(self, known_by: KnownBy, records: Sequence[Record]) -> dict[tuple[str, ...], list[Record]]:
        """The records by the columns that tell which thing they may be."""
        found: dict[tuple[str, ...], list[Record]] = defaultdict(list)
        for record in records:
            is_named = not known_by.otherwise or all(record.rows[0].cells.get(column) for column in known_by.columns)
            found[known_by.columns if is_named else known_by.otherwise].append(record)
        return found

    def _things(self, columns: tuple[str, ...], records: Sequence[Record]) -> dict[Name, list[Thing]]:
        """What was there when the file began and may be what the records name."""
        (query,) = self._kind.rows(_AS_BEGUN)
        query = query.filter(pk__lte=self._last)
        cells = {f"cell_{place}": column.value_in(_AS_BEGUN) for place, column in enumerate(self._read)}
        place_of = {column.name: place for place, column in enumerate(self._read)}
        wanted = {column: [self._name_in(record, (column,))[0] for record in records] for column in columns}
        query = query.annotate(**cells)
        for column, values in wanted.items():
            if not any(value is None or isinstance(value, tuple) for value in values):
                query = query.filter(**{f"cell_{place_of[column]}__in": set(values)})
        things: dict[Name, dict[object, Thing]] = defaultdict(dict)
        for pk, *values in query.values_list("pk", *cells):
            row = {column.name: _as_read(column, value) for column, value in zip(self._read, values, strict=True)}
            name = tuple(row[column] for column in columns)
            which = row[self._kind.gathered_by] if self._kind.gathered_by else pk
            things[name].setdefault(which, Thing(pk)).rows.append(row)
        return {name: list(found.values()) for name, found in things.items()}

    def _name_in(self, record: Record, columns: Iterable[str]) -> Name:
        return tuple(self._said(record, 0, self._column[name]) for name in columns)

    def _said(self, record: Record, row: int, column: Column) -> Any:
        """The value of a cell as it was read, None where it is blank or missing."""
        text = record.rows[row].cells.get(column.name)
        return _comparable(column, column.type.read(text)) if text else None

    def _is_there(self, record: Record, things: Sequence[Thing], known_by: KnownBy, is_named: bool) -> bool:
        """Whether one of the things says just the same; one that has no name of its own is that of one record only."""
        left = [thing for thing in things if thing.pk not in self._used]
        for thing in left:
            if not self._differences(record, thing, known_by):
                if not is_named:
                    self._used.add(thing.pk)
                return True
        if left and not (known_by.is_unique or known_by.may_differ):
            self._refuse(record, left[0], known_by)
        return False

    def _differences(self, record: Record, thing: Thing, known_by: KnownBy) -> list[str]:
        """The columns in which they differ. A blank cell is nothing said, or of what has no name, that nothing is."""
        if len(record.rows) != len(thing.rows):
            return [self._kind.gathered_by or ""]
        columns = self._given if known_by.is_unique else self._read
        return [
            column.name
            for place, held in enumerate(thing.rows)
            for column in columns
            if (said := self._said(record, place, column)) != held[column.name]
            and not (said is None and (known_by.is_unique or column.name in known_by.made_up))
        ]

    def _refuse(self, record: Record, thing: Thing, known_by: KnownBy) -> None:
        for name in self._differences(record, thing, known_by):
            is_now, column = thing.rows[0][name], self._column[name]
            now = "blank" if is_now is None else column.type.write(is_now)
            same = ", ".join(known_by.columns)
            message = f"one with the same {same} already exists, but its {name} is {now}; change that one instead"
            record.rows[0].problems.append(Problem(name, "there_already", message, "IMP-1"))


@contextmanager
def alone(kind: FileKind) -> Iterator[None]:
    """One file of a kind at a time, so that what is there can be told from what another file is bringing in."""
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})", [kind.name])
            yield
            return
        cursor.execute(f"SELECT pg_advisory_lock({_LOCK})", [kind.name])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({_LOCK})", [kind.name])


def _last_number(kind: FileKind) -> int:
    (query,) = kind.rows(_AS_BEGUN)
    last: int | None = query.model._default_manager.aggregate(last=Max("pk"))["last"]
    return last or 0


def _as_read(column: Column, value: Any) -> Any:
    """A value of the database as it would be read from a file that it was written to."""
    text = "" if value is None else column.type.write(value).strip()
    try:
        return _comparable(column, column.type.read(text)) if text else None
    except BadCell:
        return None


def _comparable(column: Column, value: Any) -> Any:
    """What is referred to in a list has no order."""
    return tuple(sorted(value)) if column.refers_to and isinstance(value, tuple) else value
