"""Contracts and what is attached to them."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from banyan.accounts.models import Account
from banyan.kernel.calendar import last_day
from banyan.organizations.access_scope import Reachable


class Contract(models.Model):
    """CTR-1. `ends_before` is the first day that is not covered any more, `end_date` the last that is (DAT-1). With
    `renewal_months` it renews automatically: at its end by so many months, and again. `terminated_on` is the first day
    that is not covered, whatever else was agreed.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=200, default="", blank=True)
    signed_on = models.DateField(null=True)
    start_date = models.DateField()
    ends_before = models.DateField(null=True)
    renewal_months = models.PositiveSmallIntegerField(null=True)
    notice_days = models.PositiveSmallIntegerField(default=0)
    terminated_on = models.DateField(null=True)
    termination_reason = models.TextField(default="", blank=True)
    notes = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__isnull=True) | Q(ends_before__gt=F("start_date")),
                name="contract_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(renewal_months__isnull=True) | Q(renewal_months__gt=0, ends_before__isnull=False),
                name="contract_that_renews_has_a_term",
            ),
            models.CheckConstraint(
                condition=Q(terminated_on__isnull=True) | Q(terminated_on__gte=F("start_date")),
                name="contract_is_terminated_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def end_date(self) -> date | None:
        """DAT-1: the last day that is covered, as agreed."""
        return last_day(self.ends_before)


class ContractDocument(models.Model):
    """CTR-1: a file that is attached to a contract; it never changes."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    uploaded_by = models.TextField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
