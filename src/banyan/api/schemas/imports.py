"""CSV files that come in, and what they hold (IMP-1, IMP-2)."""

from datetime import datetime

from banyan.api.fields import Answer


class ColumnAnswer(Answer):
    """A column of a kind of file: `holds` says how its cells are written, `required` whether it can be left out."""

    name: str
    required: bool
    holds: str
    explained: str


class FileKindAnswer(Answer):
    """A kind of file. `takes` is the role, in the root organization, to bring it in and to take it out (ORG-3)."""

    kind: str
    explained: str
    takes: str
    columns: list[ColumnAnswer]


class RowProblemAnswer(Answer):
    """What is wrong with the row that starts on `line`; `field` is empty when it is the row as a whole."""

    line: int
    field: str
    value: str
    code: str
    message: str
    rule: str


class ImportProgressAnswer(Answer):
    """How far an import is. `trouble`: what it waits for although it is being done, such as room on a full disk."""

    rows: int
    bytes_total: int
    bytes_read: int
    trouble: str | None


class ImportAnswer(Answer):
    """IMP-1: a file that was sent, and what its latest run came to: a dry run, or the real one.

    `separator` (`comma`, `semicolon`, `tab`) and `decimal_comma` say how it is laid out.

    `status` is `waiting`, `running`, `checked` (a dry run ended), `done`, `refused` (nothing went in), `cancelled`
    or `failed` (on our side; `failure` says how). Of the `rows`, `imported` went in or, in a dry run, would;
    `duplicates` were there already. `problems` are the first hundred of `problem_count`; all are at
    `/imports/{id}/problems` as long as the file is kept, until two weeks after its latest run. `progress` is null
    unless it is under way.
    """

    id: str
    kind: str
    file: str
    size: int
    dry_run: bool
    all_or_nothing: bool
    separator: str
    decimal_comma: bool
    status: str
    sent_by: str
    run_by: str
    progress: ImportProgressAnswer | None
    rows: int
    imported: int
    duplicates: int
    refused: int
    problem_count: int
    problems: list[RowProblemAnswer]
    failure: str | None
    is_kept: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
