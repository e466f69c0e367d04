"""Rows to records, records to chunks, and one chunk through its action."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import chain, groupby, islice

from banyan.kernel.refusals import Problem, Refusal
from banyan.kernel.texts import shown
from banyan.transfer.cells import LIST
from banyan.transfer.columns import Column, FileKind, Record, Row, read_row
from banyan.transfer.csv_rows import CsvRow
from banyan.transfer.further_faults import NO_ROW, tried
from banyan.transfer.queries import REFERENCES, ids_by_text
from banyan.transfer.repeats import Repeats
from banyan.transfer.report import ImportReport, Noting

MOST_ROWS = 1_000
"""Rows of one record: they are held together in memory, and a subscription has no more items (SUB-1)."""

_OF_AN_ITEM = re.compile(r"items\.(?P<number>\d+)\.(?P<field>.+)")


def read_records(kind: FileKind, columns: Sequence[Column], rows: Iterable[CsvRow]) -> Iterator[Record]:
    """The records of a file: one a row, or one for consecutive rows that share the kind's gathering column."""
    read: Iterator[Row] = (read_row(row, columns) for row in rows)
    if kind.once:
        read = _said_once(kind.once, read)
    gathered_by = kind.gathered_by
    if gathered_by is None:
        yield from (Record([row]) for row in read)
        return
    for _, same in groupby(read, lambda row: row.values.get(gathered_by) or row.line):
        yield from _gathered(kind, same)


def _said_once(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows; one that says in these columns what a readable row above it said is a problem. Keeps digests."""
    said: set[bytes] = set()
    for row in rows:
        digest = blake2b("\0".join(row.cells.get(column, "") for column in columns).encode(), digest_size=12).digest()
        if digest in said and not row.problems:
            message = f"a row above has the same {', '.join(columns)}; there can be only one"
            row.problems.append(Problem(columns[0], "said_twice", message, "REL-1"))
        elif not row.problems:
            said.add(digest)
        yield row


def import_chunk(
    kind: FileKind, chunk: Sequence[Record], repeats: Repeats, report: ImportReport, noting: Noting
) -> None:
    """Give records to the kind's action, in waves so that a row may refer to rows above it; count the outcome."""
    for wave in _waves(kind, chunk):
        _import_wave(kind, wave, repeats, report)
    for record in chunk:
        _count(record, report, noting)


def _gathered(kind: FileKind, same: Iterator[Row]) -> Iterator[Record]:
    """One record of several rows. What is not a row's own has to be the same in all; too many are all refused."""
    rows = list(islice(same, MOST_ROWS))
    first = rows[0]
    for row in rows[1:]:
        for column in row.values.keys() - kind.own:
            if row.values[column] != first.values.get(column):
                message = f"{column} differs from line {first.line}, which has the same {kind.gathered_by}"
                row.problems.append(Problem(column, "differs_from_above", message, "IMP-1", row.values[column]))
    beyond = next(same, None)
    if beyond is not None:
        first.problems.append(_too_many(kind))
    yield Record(rows)
    for row in chain([] if beyond is None else [beyond], same):
        row.problems.append(_too_many(kind))
        yield Record([row])


def _too_many(kind: FileKind) -> Problem:
    message = f"more than {MOST_ROWS:,} rows have this {kind.gathered_by}; give at most so many"
    return Problem(kind.gathered_by or "", "too_many_rows", message, "IMP-1", MOST_ROWS)


def _waves(kind: FileKind, chunk: Sequence[Record]) -> list[list[Record]]:
    """Records in waves: each in a later one than those above it that it refers to or shares a number with."""
    waves: dict[int, list[Record]] = defaultdict(list)
    wave_of: dict[tuple[str | None, object], int] = {}
    for record in chunk:
        named: set[tuple[str | None, object]] = {
            (refers_to, record.get(column)) for refers_to, column in kind.names.items()
        }
        referred = {
            (column.refers_to, record.get(column.name)) for column in kind.columns if column.refers_to in kind.names
        }
        wave = 1 + max((wave_of.get(key, -1) for key in named | referred), default=-1)
        waves[wave].append(record)
        wave_of |= dict.fromkeys((key for key in named if key[1]), wave)
    return [waves[number] for number in sorted(waves)]


def _import_wave(kind: FileKind, wave: Sequence[Record], repeats: Repeats, report: ImportReport) -> None:
    _resolve_references(kind.columns, [row for record in wave for row in record.rows])
    bad = [record for record in wave if record.is_bad and _says_what_it_must(kind, record)]
    good, rows_there = repeats.sort_out([record for record in wave if not record.is_bad])
    report.duplicates += rows_there
    report.imported -= rows_there
    if good:
        written = kind.write(good)
        for position, refusal in written.refused.items():
            _refuse(good[position], refusal)
        report.duplicates += written.duplicates
        report.imported -= written.duplicates
    if bad:
        _find_further_problems(kind, bad)


def _says_what_it_must(kind: FileKind, record: Record) -> bool:
    required = [column.name for column in kind.columns if column.required]
    return all(row.values.get(column) is not None for row in record.rows for column in required)


def _find_further_problems(kind: FileKind, bad: Sequence[Record]) -> None:
    """Let the action tell what else is wrong with records that don't go in anyway, and take back what it does."""
    written = tried(lambda: kind.write(bad))
    for position, refusal in written.refused.items() if written else ():
        _refuse(bad[position], refusal)


def _refuse(record: Record, refusal: Refusal) -> None:
    """Note each problem on the row it is about: `items.2.price` is the price of a subscription's third row.

    Nothing is said of a field that something was wrong with before.
    """
    told = {(id(row), problem.field) for row in record.rows for problem in row.problems}
    for problem in refusal.problems:
        row, field = record.rows[0], problem.field
        of_an_item = _OF_AN_ITEM.fullmatch(field)
        if of_an_item and int(of_an_item["number"]) < len(record.rows):
            row, field = record.rows[int(of_an_item["number"])], of_an_item["field"]
        if (id(row), field) not in told and problem.value != NO_ROW:
            row.problems.append(replace(problem, field=field))


def _resolve_references(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Put ids in the place of numbers, codes, names and keys; what names nothing is a problem."""
    for column in columns:
        if column.refers_to:
            _resolve_column(column, column.refers_to, [row for row in rows if column.name in row.values])
            for row in rows:
                if column.type is not LIST and any(problem.field == column.name for problem in row.problems):
                    row.values[column.name] = NO_ROW


def _resolve_column(column: Column, refers_to: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    ids = ids_by_text(refers_to, {text for row in rows for text in _texts(row.values[column.name])})
    for row in rows:
        value = row.values[column.name]
        for text in _texts(value):
            if text not in ids:
                message = f"there is no {REFERENCES[refers_to].words} {shown(text)}"
                row.problems.append(Problem(column.name, "unknown", message, None, text))
        found = tuple(ids[text] for text in _texts(value) if text in ids)
        row.values[column.name] = found if isinstance(value, tuple) else next(iter(found), None)


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _count(record: Record, report: ImportReport, noting: Noting) -> None:
    report.rows += len(record.rows)
    if not record.is_bad:
        report.imported += len(record.rows)
        return
    report.refused += len(record.rows)
    bad = next(row for row in record.rows if row.problems)
    for row in record.rows:
        for problem in row.problems or (_left_out_with(bad),):
            noting.note(row, problem)


def _left_out_with(bad: Row) -> Problem:
    return Problem("", "left_out", f"belongs together with line {bad.line}, which was refused", "IMP-1")
