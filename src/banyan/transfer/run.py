"""What happens when a file that was sent is imported, in order: begin, import, keep what became of it.

Import and outcome are one transaction, so a file whose worker was killed has brought nothing in, and is begun again; a
file goes in once. Only the progress is written beside it, over a connection of its own.
"""

import io
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from tempfile import TemporaryFile

from django.db import transaction
from django.db.models.functions import Now

from banyan.foundation.history import acting_as
from banyan.foundation.statistics import count_grown_tables
from banyan.kernel.refusals import Refusal
from banyan.organizations.actors import actor_told_as
from banyan.transfer.actions.import_file import check_what_commit_would_check, import_stream
from banyan.transfer.columns import Row
from banyan.transfer.layouts import Layout
from banyan.transfer.models import Content, ExportStatus, Import, ImportStatus
from banyan.transfer.pieces import keep, opened
from banyan.transfer.report import ImportReport, Noting, RowProblem, problem_writer
from banyan.transfer.states import CancelledError, begin, end, progress_reporter

SHOWN_PROBLEMS = 100


def run_import(import_id: int) -> None:
    """Import the file, or try to, under the name of who asked for it. Nothing happens a second time."""
    begin(Import, import_id)
    try:
        _import(import_id)
    except CancelledError:
        end(Import, import_id, ExportStatus.CANCELLED)
    count_grown_tables()


def _import(import_id: int) -> None:
    with transaction.atomic():
        # not FOR UPDATE, with which the progress could not refer to the row
        found = Import.objects.select_for_update(no_key=True).get(pk=import_id)
        if found.status != ImportStatus.RUNNING:
            return
        with acting_as(actor_told_as(found.run_by)), TemporaryFile("w+", encoding="utf-8", newline="") as problems:
            report = _imported(found, problem_writer(problems))
            check_what_commit_would_check()
            problems.flush()
            _keep_outcome(found, report, problems)


def _imported(found: Import, write_problem: Callable[[RowProblem], None]) -> ImportReport:
    """Bring the file in; a file that is refused as a whole is one with problems and without rows."""
    report = ImportReport(found.kind, found.file, found.dry_run)
    noting = Noting(report, write_problem)
    try:
        file = opened(found.pieces.filter(content=Content.FILE))
        with progress_reporter(found.progress) as tell, file as stream, transaction.atomic():
            tell(rows=0, bytes_read=0)

            layout = Layout(found.separator, found.decimal_comma)

            def on_progress(read: int, _: int) -> None:
                tell(rows=report.rows, bytes_read=read)

            import_stream(stream, found.size, report, noting, found.all_or_nothing, layout, on_progress)
    except Refusal as refusal:
        report.rows = report.imported = report.duplicates = report.refused = 0
        for problem in refusal.problems:
            noting.note(Row(1, {}), problem)
    return report


def _keep_outcome(found: Import, report: ImportReport, problems: io.TextIOBase) -> None:
    """Say what became of the file, and keep its problems in the place of those of an earlier run."""
    found.pieces.filter(content=Content.PROBLEMS).delete()
    if report.problem_count:
        problems.seek(0)
        keep(problems.buffer, partial(found.pieces.create, content=Content.PROBLEMS))  # type: ignore[attr-defined]
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
