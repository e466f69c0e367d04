"""What a worker tells of a file that it brings in or writes: that it has begun, how far it is, why it gave up."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TypeVar, cast

from django.db import connection
from django.db.models.functions import Now

from banyan.foundation.clock import now
from banyan.foundation.tenants.connection import TenantConnection
from banyan.foundation.tenants.queries import current_tenant
from banyan.kernel.texts import spelt_out
from banyan.transfer.models import UNDER_WAY, Export, ExportProgress, ExportStatus, Import, ImportProgress, Progress

SECONDS_BETWEEN_SIGNS = 0.5
ReportProgress = Callable[..., None]
Of = TypeVar("Of", Import, Export)

TELL = "UPDATE {} SET {}, trouble = '' WHERE of_id = %s RETURNING cancelled"


class CancelledError(Exception):
    """It is not wanted any more."""


def begin(model: type[Of], number: int) -> None:
    """It is being done from now on, unless it was begun before."""
    waiting = model.objects.filter(pk=number, status=ExportStatus.WAITING)
    waiting.update(status=ExportStatus.RUNNING, started_at=Now())


def give_up(model: type[Of], number: int, failure: Exception) -> None:
    """End what failed for a reason that no retry mends."""
    end(model, number, ExportStatus.FAILED, spelt_out(f"{type(failure).__name__}: {failure}"[:1000]))


def end(
    model: type[Of], number: int, status: ExportStatus, failure: str = "", of: Sequence[ExportStatus] = UNDER_WAY
) -> None:
    """Nothing became of it, if it has one of the statuses `of`."""
    nothing = dict.fromkeys(model.COUNTS, 0)
    unfinished = model.objects.filter(pk=number, status__in=of)
    unfinished.update(status=status, failure=failure, finished_at=Now(), **nothing)


def note_trouble(progress: type[ImportProgress | ExportProgress], number: int, trouble: str) -> None:
    """Say what keeps it from going on."""
    progress.objects.filter(of=number).update(trouble=trouble)


def time_left(of: Import | Export) -> timedelta | None:
    """How long it will take yet, by what is done; None while that can't be said."""
    if of.status != ExportStatus.RUNNING or of.started_at is None or not of.share_done:
        return None
    return (now() - of.started_at) * max(1 / of.share_done - 1, 0)


@contextmanager
def progress_reporter(progress: Progress) -> Iterator[ReportProgress]:
    """Give whom to tell counts of a progress; others see them at once, although the work is one transaction.

    Who tells of what is cancelled is stopped by a CancelledError.
    """
    other = connection.copy()
    cast(TenantConnection, other).set_schema(current_tenant())
    table, reported_at = progress._meta.db_table, 0.0

    def tell(**counts: int) -> None:
        nonlocal reported_at
        if monotonic() - reported_at >= SECONDS_BETWEEN_SIGNS:
            reported_at = monotonic()
            columns = ", ".join(f"{name} = %s" for name in counts)
            with other.cursor() as cursor:
                cursor.execute(TELL.format(table, columns), [*counts.values(), progress.pk])
                if cursor.fetchone() == (True,):
                    raise CancelledError

    try:
        yield tell
    finally:
        other.close()
