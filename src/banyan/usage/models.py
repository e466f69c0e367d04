"""Usage events, as they came in."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.kernel.ids import encode_id
from banyan.organizations.access_scope import Reachable
from banyan.subscriptions.models import Subscription


class UsageEvent(models.Model):
    """USE-1. A partition a month (`months.py`); `received_at` tells a bill run what came late (USE-2).

    That an id counts once is guaranteed by `CountedId`, that account, meter and subscription exist by triggers: a
    foreign key would be checked event by event. Here are the events that count: one that is cancelled or replaced is
    kept as a `UsageCorrection`, and triggers let none be changed, or go in any other way.
    """

    event_id = models.CharField(max_length=200, primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    properties = models.JSONField(null=True)
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    received_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        indexes = [
            models.Index(fields=["meter", "account", "at"], include=["quantity"], name="usage_of_meter_and_account"),
            BrinIndex(fields=["received_at"], autosummarize=True, name="usage_by_its_arrival"),
        ]

    def __str__(self) -> str:
        return self.event_id


class CountedId(models.Model):
    """USE-1: an event id that counted within a scope (`scopes.py`), of whatever month, as the first half of a SHA-256.

    Where its event is found: nothing where the month of it is not kept any more.
    """

    key = models.UUIDField(primary_key=True)
    account_id = models.BigIntegerField(null=True)
    meter_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.key)


class EarlierScope(models.Model):
    """USE-1: within what an account's event ids counted before it went to another organization. Written by the database
    when it does; kept when the organization is gone, as the ids are.
    """

    account_id = models.BigIntegerField()
    scope = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "scope"], name="earlier_scope_of_account")]

    def __str__(self) -> str:
        return f"events of {encode_id('account', self.account_id)}"


class CorrectionKind(models.TextChoices):
    """USE-4."""

    CANCELLED = "cancelled"
    REPLACED = "replaced"


class UsageCorrection(models.Model):
    """USE-4: an event that counts no more, as it was, with who took it back, when and why.

    What took the place of a replaced one is the event of the same id that counts now, or the next correction of it.
    """

    event_id = models.CharField(max_length=200, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    properties = models.JSONField(null=True)
    subscription = models.ForeignKey(Subscription, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=CorrectionKind)
    reason = models.CharField(max_length=500)
    actor = models.TextField()
    corrected_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        indexes = [
            models.Index(fields=["meter", "account", "at", "event_id"], name="correction_of_meter"),
            models.Index(fields=["account"], name="correction_of_account"),
            BrinIndex(fields=["corrected_at"], autosummarize=True, name="correction_by_its_moment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=CorrectionKind.values), name="correction_cancels_or_replaces"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="correction_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.get_kind_display()}"


class LateUsageMark(models.Model):
    """Up to when usage that arrived was looked at for changes behind what was billed (one row)."""

    looked_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(models.Value(1), name="late_usage_mark_is_one_row")]

    def __str__(self) -> str:
        return f"looked at until {self.looked_until:%Y-%m-%d %H:%M}"
