"""Delete files that were sent or written a while ago, and the problems of those that were sent."""

from datetime import datetime, timedelta

from django.db import transaction

from banyan.foundation.tenants.queries import all_tenants, within_tenant
from banyan.transfer.models import UNDER_WAY, Export, ExportPiece, Import, ImportPiece

DAYS_KEPT = 14
KEPT = ((Import, ImportPiece), (Export, ExportPiece))


def forget_files(now: datetime) -> None:
    """In every tenant, delete the contents of files that were imported, checked or written more than fourteen days ago.

    What became of them, and the first of their problems, stays.
    """
    before = now - timedelta(days=DAYS_KEPT)
    for tenant in all_tenants():
        with within_tenant(tenant.schema_name), transaction.atomic():
            for files, pieces in KEPT:
                old = files.objects.filter(finished_at__lt=before, forgotten=False).exclude(status__in=UNDER_WAY)
                numbers = list(old.select_for_update().values_list("pk", flat=True))
                pieces.objects.filter(of__in=numbers).delete()
                files.objects.filter(pk__in=numbers).update(forgotten=True)
