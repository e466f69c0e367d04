"""The columns of every kind of file, in Markdown, from their declarations (docs/reference/csv.md)."""

import csv
import io

from banyan.transfer.columns import Column, FileKind, custom_columns
from banyan.transfer.kinds import KINDS, kind_named

_REPEATED = """\
## What a row does that comes again

A file, or a directory of them, can be brought in again, whether it was stopped or not: what already exists is
counted as such and stays as it is. It is what was there before the file began; two equal rows in one file are two
things, and both are there when the file comes again.

| kind | a row that comes again |
| --- | --- |
"""
_BEGINNING = """\
# CSV files

Every kind of file that `banyan import KIND FILE` takes. This page is made by `banyan import --columns all`.

Columns stand in any order; those that aren't required may be left out. A blank cell is "not given". Files are UTF-8
with commas, as in RFC 4180: at most 1,000 columns, 1 MiB a line and 131,072 characters a cell; lines end in LF or CRLF.
Control characters other than tabs and line ends are refused, row by row. `banyan import all DIRECTORY` takes a
directory of files named after their kinds, such as `customers.csv`, in the order of this page.
"""


def all_columns() -> str:
    """The page about every kind."""
    repeated = "".join(f"| {kind.name} | {when_repeated(kind)} |\n" for kind in KINDS.values())
    return "\n".join((_BEGINNING, _REPEATED + repeated, *(_section(kind) for kind in KINDS.values())))


def when_repeated(kind: FileKind) -> str:
    """What a row of the kind does that comes again, in words."""
    known_by = kind.known_by
    if known_by is None:
        return kind.repeated or ""
    *first, last = (f"`{column}`" for column in known_by.columns)
    columns = f"{', '.join(first)} and {last}" if first else last
    if known_by.is_unique:
        nameless = " Without, one of which all in the row is true is unchanged." if known_by.otherwise else ""
        return f"One with the same {columns} is unchanged if all in the row is true of it, else refused.{nameless}"
    if known_by.may_differ:
        return "One of which all in the row is true is unchanged; otherwise the row goes in."
    if len(known_by.columns) == len(kind.columns):
        return "One that is the same in every column is unchanged; otherwise the row goes in."
    return f"One with the same {columns} is unchanged if the rest is the same, else refused."


def columns_of_kind(name: str) -> str:
    """The section about one kind. Refuses a kind that there is not."""
    return _section(kind_named(name))


def columns_to_fill(kind: FileKind) -> tuple[Column, ...]:
    """The columns that a file of the kind may have, those of the tenant's own fields among them (FLD-2)."""
    return (*kind.columns, *custom_columns(kind.custom_fields))


def template(kind: FileKind) -> bytes:
    """A file of the kind with its header alone, what is required first."""
    columns = sorted(columns_to_fill(kind), key=lambda column: not column.required)
    text = io.StringIO()
    csv.writer(text).writerow(column.name for column in columns)
    return text.getvalue().encode()


def _section(kind: FileKind) -> str:
    lines = [f"## {kind.name}", "", kind.explained, "", "| column | holds | about |", "| --- | --- | --- |"]
    custom = (
        f"| `{prefix}KEY` | what its type says | a custom field of the {subject} |"
        for prefix, subject in kind.custom_fields.items()
    )
    return "\n".join((*lines, *(_line(column) for column in kind.columns), *custom, ""))


def _line(column: Column) -> str:
    name = f"`{column.name}`{' *' if column.required else ''}"
    return f"| {name} | {column.type.described_as} | {column.explained} |"
