"""Usage events, as they came in."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from banyan.accounts.models import Account
from banyan.catalog.models import Meter


class UsageEvent(models.Model):
    """USE-1. A partition a month (`months.py`); `received_at` tells a bill run what came late (USE-2).

    That an id counts once is guaranteed by `CountedId`, that account and meter exist by triggers: a foreign key would
    be checked event by event.
    """

    event_id = models.CharField(max_length=200, primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    properties = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["meter", "account", "at"], include=["quantity"], name="usage_of_meter_and_account"),
            BrinIndex(fields=["received_at"], autosummarize=True, name="usage_by_its_arrival"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gte=0), name="usage_is_not_negative")]


class CountedId(models.Model):
    """USE-1: an event id that counted, of whatever month, as the first half of its SHA-256."""

    key = models.UUIDField(primary_key=True)


class LateUsageMark(models.Model):
    """Up to when usage that arrived was looked at for changes behind what was billed (one row)."""

    looked_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(models.Value(1), name="late_usage_mark_is_one_row")]
