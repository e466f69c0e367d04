"""Reads of files that were sent."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet

from banyan.foundation.clock import now
from banyan.transfer.models import Content, Import, ImportStatus
from banyan.transfer.pieces import pieces_of
from banyan.transfer.report import no_problems


def imports() -> QuerySet[Import]:
    """Files that were sent, with how far they are."""
    return Import.objects.select_related("progress").order_by("id")


def problems_of(sent: Import) -> Iterator[bytes]:
    """The problems file of the latest run, in pieces; its header where there are no problems, or none are kept."""
    return pieces_of(sent.pk, Content.PROBLEMS) if sent.problem_count and not sent.forgotten else iter([no_problems()])


def time_left(sent: Import) -> timedelta | None:
    """How long the run will take yet, by the bytes read; None while that can't be said."""
    if sent.status != ImportStatus.RUNNING or sent.started_at is None or not sent.progress.bytes_read:
        return None
    left = sent.size / sent.progress.bytes_read - 1
    return (now() - sent.started_at) * max(left, 0)
