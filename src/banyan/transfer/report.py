"""What an import did: counts, and every problem with its line. Memory is bounded; a problems file keeps them all."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from banyan.kernel.refusals import Problem
from banyan.kernel.texts import spelt_out
from banyan.transfer.cells import harmless
from banyan.transfer.columns import Row

KEPT = 1_000
_SHOWN = 100
_LONGEST_MESSAGE = 1_000
PROBLEM_COLUMNS = ("line", "field", "value", "code", "message", "rule")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing that is wrong with the row that starts on `line`. `field` is empty when it is the row as a whole."""

    line: int
    field: str
    value: str
    code: str
    message: str
    rule: str


@dataclass(slots=True)
class ImportReport:
    """`rows` were read; `imported` went in (would, in a dry run), `duplicates` were there already, the rest is refused.

    `problems` are the first thousand in the order of the file; `problem_count` counts them all.
    """

    kind: str
    file: str
    dry_run: bool
    rows: int = 0
    imported: int = 0
    duplicates: int = 0
    refused: int = 0
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)


class Noting:
    """Takes the problems of an import as they are found."""

    def __init__(self, report: ImportReport, also_write: Callable[[RowProblem], None] | None = None) -> None:
        self._report = report
        self._also_write = also_write

    def note(self, row: Row, problem: Problem) -> None:
        """Count a problem, keep it if it is among the first thousand, write it to the problems file if there is one.

        What can't be kept or shown, such as a NUL, is spelt out, and long texts are cut.
        """
        value = row.cells.get(problem.field) or ("" if problem.value is None else str(problem.value))
        found = RowProblem(
            row.line,
            spelt_out(problem.field[:_SHOWN]),
            spelt_out(value[:_SHOWN]),
            problem.code,
            spelt_out(problem.message[:_LONGEST_MESSAGE]),
            problem.rule or "",
        )
        self._report.problem_count += 1
        if len(self._report.problems) < KEPT:
            self._report.problems.append(found)
        if self._also_write:
            self._also_write(found)


@contextmanager
def problems_written_to(path: Path | None) -> Iterator[Callable[[RowProblem], None] | None]:
    """Give what writes problems to a CSV file, None without a path. Texts that a spreadsheet would run are quoted."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield problem_writer(stream)


def no_problems() -> bytes:
    """A problems file with its header alone."""
    text = io.StringIO()
    problem_writer(text)
    return text.getvalue().encode()


def problem_writer(stream: TextIO) -> Callable[[RowProblem], None]:
    """Write the header of a problems file; give what writes its rows."""
    writer = csv.writer(stream)
    writer.writerow(PROBLEM_COLUMNS)
    return lambda problem: writer.writerow(
        (problem.line, *map(harmless, (problem.field, problem.value, problem.code, problem.message, problem.rule)))
    )
