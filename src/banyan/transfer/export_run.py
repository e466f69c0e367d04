"""What happens when an export is written, in order: begin, write the rows of one moment, keep the file.

A file is kept in one transaction once it is whole, so one whose worker was killed leaves nothing, and is begun again.
"""

from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import transaction
from django.db.models.functions import Now

from banyan.kernel.refusals import Kind, Problem, Refusal
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.queries import access_scope_of_key, access_scope_of_user
from banyan.transfer.actions.export_file import export_file
from banyan.transfer.models import Export, ExportStatus
from banyan.transfer.pieces import keep
from banyan.transfer.roles import permitted
from banyan.transfer.states import CancelledError, begin, end, progress_reporter


def run_export(export_id: int) -> None:
    """Write the file within what reaches who asked for it, as that is now. Nothing happens a second time."""
    begin(Export, export_id)
    found = Export.objects.select_related("progress", "user", "api_key").get(pk=export_id)
    if found.status != ExportStatus.RUNNING:
        return
    try:
        with scoped_to(access_scope_of_who_asked(found)), TemporaryFile() as file:
            permitted(found.kind)
            rows = _write(found, file)
            file.seek(0)
            _keep(export_id, rows, file)
    except Refusal as refusal:
        end(Export, export_id, ExportStatus.REFUSED, "; ".join(problem.message for problem in refusal.problems))
    except CancelledError:
        end(Export, export_id, ExportStatus.CANCELLED)


def access_scope_of_who_asked(found: Export) -> AccessScope:
    """What they reach now. Refused (ORG-3): a user who was deactivated since, a key that was revoked."""
    if found.user is not None:
        if not found.user.active:
            raise _no_longer(f"{found.asked_by} may not sign in any more")
        return access_scope_of_user(found.user)
    assert found.api_key is not None, "an export is asked for by a user or a key"
    if found.api_key.revoked_at is not None:
        raise _no_longer(f"the key {found.api_key.name} was revoked")
    return access_scope_of_key(found.api_key)


def _no_longer(message: str) -> Refusal:
    return Refusal([Problem("asked_by", "not_active", message, "ORG-3")], Kind.FORBIDDEN)


def _write(found: Export, file: BinaryIO) -> int:
    """How many rows of the kind there were."""
    with progress_reporter(found.progress) as tell:
        tell(rows=0, rows_expected=0)
        return export_file(
            found.kind,
            file,
            on=found.on,
            for_spreadsheets=found.for_spreadsheets,
            on_progress=lambda written, expected: tell(rows=written, rows_expected=expected),
        )


@transaction.atomic
def _keep(export_id: int, rows: int, file: BinaryIO) -> None:
    """Keep the file, unless another worker was faster."""
    found = Export.objects.select_for_update(no_key=True).get(pk=export_id)
    if found.status != ExportStatus.RUNNING:
        return
    found.size = keep(file, found.pieces.create)
    found.status, found.rows, found.finished_at = ExportStatus.DONE, rows, Now()
    found.save()
