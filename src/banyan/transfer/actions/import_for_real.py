"""Import for real what was checked."""

from django.db import transaction

from banyan.foundation.history import current_actor
from banyan.kernel.refusals import Refusal, conflict, unknown
from banyan.transfer.jobs import run_import
from banyan.transfer.models import Import, ImportProgress, ImportStatus
from banyan.transfer.roles import permitted


def import_for_real(import_id: int) -> Import:
    """Have the file of a dry run imported, under the name of the current actor.

    Refused (IMP-1): what was not checked, or is under way or done already; a file none of whose rows would go in; one
    that is no longer kept; and a kind that takes a higher role (ORG-3).
    """
    with transaction.atomic():
        found = Import.objects.select_for_update().filter(pk=import_id).first()
        if found is None:
            raise unknown("import", "There is no such import.", import_id)
        permitted(found.kind)
        if refusal := why_not(found):
            raise refusal
        found.dry_run, found.status, found.run_by = False, ImportStatus.WAITING, str(current_actor())
        found.started_at = found.finished_at = None
        found.save(update_fields=["dry_run", "status", "run_by", "started_at", "finished_at"])
        ImportProgress.objects.filter(of=found).update(rows=0, bytes_read=0, trouble="", cancelled=False)
        run_import.enqueue_long(import_id=found.pk)
    return found


def why_not(found: Import) -> Refusal | None:
    """What stands against importing it for real, None when nothing does."""
    if found.status != ImportStatus.CHECKED:
        message = f"{found.file} is {found.status}; only a file that was checked by a dry run can be imported"
        return conflict("import", "not_checked", message, "IMP-1", found.status)
    if found.forgotten:
        return conflict("import", "forgotten", f"{found.file} is no longer kept; send it again", "IMP-1", found.file)
    if not found.imported:
        message = f"no row of {found.file} would go in; send it again once it is corrected"
        return conflict("import", "nothing_to_import", message, "IMP-1", found.file)
    return None
