"""What happens when a file that was sent is imported, in order: begin, import, keep what became of it.

Import and outcome are one transaction, so a file whose worker was killed has brought nothing in, and is begun again; a
file goes in once. Only the progress is written beside it, over a connection of its own.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from tempfile import TemporaryFile
from time import monotonic

from django.db import connection, transaction
from django.db.models.functions import Now

from banyan.foundation.history import acting_as
from banyan.foundation.statistics import count_grown_tables
from banyan.foundation.tenants.queries import current_tenant
from banyan.kernel.refusals import Refusal
from banyan.transfer.actions.import_file import check_what_commit_would_check, import_stream
from banyan.transfer.columns import Row
from banyan.transfer.models import UNDER_WAY, Content, Import, ImportPiece, ImportProgress, ImportStatus
from banyan.transfer.pieces import keep, opened
from banyan.transfer.report import ImportReport, Noting, RowProblem, problem_writer

SHOWN_PROBLEMS = 100
SECONDS_BETWEEN_SIGNS = 0.5
Tell = Callable[[int, int], None]

TELL = "UPDATE transfer_importprogress SET rows = %s, bytes_read = %s, trouble = '' WHERE of_id = %s"


def run_import(import_id: int) -> None:
    """Import the file, or try to, under the name of who asked for it. Nothing happens a second time."""
    with transaction.atomic():
        waiting = Import.objects.filter(pk=import_id, status=ImportStatus.WAITING)
        waiting.update(status=ImportStatus.RUNNING, started_at=Now())
    with transaction.atomic():
        # not FOR UPDATE, with which the progress could not refer to the row
        found = Import.objects.select_for_update(no_key=True).get(pk=import_id)
        if found.status != ImportStatus.RUNNING:
            return
        with acting_as(found.run_by), TemporaryFile("w+", encoding="utf-8", newline="") as problems:
            report = _imported(found, problem_writer(problems))
            check_what_commit_would_check()
            problems.flush()
            _keep_outcome(found, report, problems)
    count_grown_tables()


def give_up(import_id: int, failure: Exception) -> None:
    """End an import that failed for a reason that no retry mends; nothing of it went in."""
    Import.objects.filter(pk=import_id, status__in=UNDER_WAY).update(
        status=ImportStatus.FAILED,
        failure=f"{type(failure).__name__}: {failure}"[:1000],
        finished_at=Now(),
        **dict.fromkeys(("rows", "imported", "duplicates", "refused"), 0),
    )


def note_trouble(import_id: int, trouble: str) -> None:
    """Say what keeps an import from going on."""
    ImportProgress.objects.filter(of=import_id).update(trouble=trouble)


def _imported(found: Import, write_problem: Callable[[RowProblem], None]) -> ImportReport:
    """Bring the file in; a file that is refused as a whole is one with problems and without rows."""
    report = ImportReport(found.kind, found.file, found.dry_run)
    noting = Noting(report, write_problem)
    try:
        with telling(found.pk) as tell, opened(found.pk, Content.FILE) as stream, transaction.atomic():
            import_stream(
                stream, found.size, report, noting, found.all_or_nothing, lambda read, _: tell(report.rows, read)
            )
    except Refusal as refusal:
        report.rows = report.imported = report.duplicates = report.refused = 0
        for problem in refusal.problems:
            noting.note(Row(1, {}), problem)
    return report


@contextmanager
def telling(import_id: int) -> Iterator[Tell]:
    """Give whom to tell rows and bytes read; others see it at once, although the import is one transaction."""
    other = connection.copy()
    other.set_schema(current_tenant())
    told_at = 0.0

    def tell(rows: int, bytes_read: int) -> None:
        nonlocal told_at
        if monotonic() - told_at >= SECONDS_BETWEEN_SIGNS:
            told_at = monotonic()
            with other.cursor() as cursor:
                cursor.execute(TELL, [rows, bytes_read, import_id])

    try:
        tell(0, 0)
        yield tell
    finally:
        other.close()


def _keep_outcome(found: Import, report: ImportReport, problems: io.TextIOBase) -> None:
    """Say what became of the file, and keep its problems in the place of those of an earlier run."""
    ImportPiece.objects.filter(of=found, content=Content.PROBLEMS).delete()
    if report.problem_count:
        problems.seek(0)
        keep(found, Content.PROBLEMS, problems.buffer)  # type: ignore[attr-defined]
    found.status = _status_after(found, report)
    found.rows, found.imported, found.duplicates = report.rows, report.imported, report.duplicates
    found.refused, found.problem_count = report.refused, report.problem_count
    found.problems = [asdict(problem) for problem in report.problems[:SHOWN_PROBLEMS]]
    found.finished_at = Now()
    found.save()


def _status_after(found: Import, report: ImportReport) -> ImportStatus:
    is_refused = report.problem_count and (found.all_or_nothing or not report.rows)
    if found.dry_run:
        return ImportStatus.REFUSED if report.problem_count and not report.rows else ImportStatus.CHECKED
    return ImportStatus.REFUSED if is_refused else ImportStatus.DONE
