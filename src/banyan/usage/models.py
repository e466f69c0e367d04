"""Usage events, as they came in."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from banyan.accounts.models import Account
from banyan.catalog.models import Meter


class UsageEvent(models.Model):
    """USE-1. `event_id` is the client's and counts once; `received_at` tells a bill run what came late (USE-2)."""

    event_id = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    properties = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["account", "meter", "at"], name="usage_of_an_account"),
            BrinIndex(fields=["received_at"], name="usage_by_arrival"),
        ]


class LateUsageMark(models.Model):
    """Up to when usage that arrived was looked at for changes behind what was billed (one row)."""

    looked_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(models.Value(1), name="late_usage_mark_is_one_row")]
