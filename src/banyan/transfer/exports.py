"""Reads of exports."""

from collections.abc import Iterator

from django.db.models import QuerySet

from banyan.kernel.refusals import conflict
from banyan.transfer.models import Export, ExportStatus
from banyan.transfer.pieces import contents_of
from banyan.transfer.roles import kinds_to_transfer


def exports() -> QuerySet[Export]:
    """Exports of the kinds that the caller may take out (ORG-3), with how far they are."""
    kinds = [kind.name for kind in kinds_to_transfer()]
    return Export.objects.select_related("progress").filter(kind__in=kinds).order_by("id")


def is_at_hand(export: Export) -> bool:
    """Whether its file is written and still kept."""
    return export.status == ExportStatus.DONE and not export.forgotten


def file_of(export: Export) -> Iterator[bytes]:
    """Its file, in pieces. Refused: an export that is no file (yet), and one that is no longer kept."""
    if export.status != ExportStatus.DONE:
        message = f"this export is {export.status}; only one that is done is a file"
        raise conflict("export", "not_done", message, "IMP-2", export.status)
    if export.forgotten:
        raise conflict("export", "forgotten", "this file is no longer kept; ask for it again", "IMP-2")
    return contents_of(export.pieces.all())
