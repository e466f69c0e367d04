"""Delete files that were sent a while ago, and their problems."""

from datetime import datetime, timedelta

from django.db import transaction

from banyan.foundation.tenants.queries import all_tenants, within_tenant
from banyan.transfer.models import UNDER_WAY, Import, ImportPiece

DAYS_KEPT = 14


def forget_files(now: datetime) -> None:
    """In every tenant, delete the contents of files that were imported or checked more than fourteen days ago.

    What became of them, and the first of their problems, stays.
    """
    before = now - timedelta(days=DAYS_KEPT)
    for tenant in all_tenants():
        with within_tenant(tenant.schema_name), transaction.atomic():
            old = Import.objects.filter(finished_at__lt=before, forgotten=False).exclude(status__in=UNDER_WAY)
            numbers = list(old.select_for_update().values_list("pk", flat=True))
            ImportPiece.objects.filter(of__in=numbers).delete()
            Import.objects.filter(pk__in=numbers).update(forgotten=True)
