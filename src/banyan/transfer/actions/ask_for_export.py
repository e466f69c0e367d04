"""Have a file written by a worker."""

from datetime import date

from django.db import transaction

from banyan.foundation.history import current_actor
from banyan.organizations.models import ApiKey, User
from banyan.transfer.actions.export_file import check_day
from banyan.transfer.jobs import run_export
from banyan.transfer.models import Export, ExportProgress
from banyan.transfer.roles import permitted


@transaction.atomic
def ask_for_export(
    kind: str, asked_by: User | ApiKey, *, on: date | None = None, for_spreadsheets: bool = False
) -> Export:
    """Have the rows of a kind written (IMP-2; see export_file), within the reach that who asks has when it is done.

    Refused: a kind that there is not or that takes a higher role (ORG-3), a day of a kind that is not dated.
    """
    check_day(permitted(kind), on)
    made = Export.objects.create(
        kind=kind,
        on=on,
        for_spreadsheets=for_spreadsheets,
        asked_by=str(current_actor()),
        user=asked_by if isinstance(asked_by, User) else None,
        api_key=asked_by if isinstance(asked_by, ApiKey) else None,
    )
    ExportProgress.objects.create(of=made)
    run_export.enqueue_long(export_id=made.pk)
    made.refresh_from_db()
    return made
