"""Who belongs to whom and who is responsible for whom, from day to day (REL-1).

An edge holds on the days of `during` ([from, to)). For one subject at most one holds on any day, no edges make a
cycle on any day (REL-2), and a customer hierarchy is at most ten deep (CHI-2): the database itself refuses anything
else, also under concurrent changes (see the triggers in migrations).
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from banyan.accounts.models import Account, Customer

BEFORE_ALL_DAYS = -(2**31)
AFTER_ALL_DAYS = 2**31
"""Farther from the first day of our era than any that PostgreSQL knows; open ranges reach there."""


class Days(Func):
    """The days of `during` of one subject, as a box: as wide as the subject's number, as high as the days are many.

    Boxes of the same subject overlap when its days do, and others never. PostgreSQL compares boxes in a fraction of the
    time that ranges take, and needs no extension for it.
    """

    def __init__(self, subject: str) -> None:
        super().__init__(F(subject), F("during"))

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        subject, during = (compiler.compile(expression)[0] for expression in self.source_expressions)
        first = f"coalesce(lower({during}) - DATE '0001-01-01', {BEFORE_ALL_DAYS})"
        end = f"coalesce(upper({during}) - DATE '0001-01-01', {AFTER_ALL_DAYS})"
        return f"box(point({subject}, {first}), point({subject} + 0.5, {end} - 0.5))", ()


def one_on_any_day(subject: str, name: str) -> ExclusionConstraint:
    """REL-1: of one subject at most one row holds on any day."""
    return ExclusionConstraint(name=name, expressions=[(Days(subject), RangeOperators.OVERLAPS)])


class CustomerParent(models.Model):
    """CHI-1: the parent of a customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="parent_edges")
    parent = models.ForeignKey(Customer, models.PROTECT, related_name="child_edges")
    during = DateRangeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            one_on_any_day("customer_id", "customer_has_one_parent_on_any_day"),
            models.CheckConstraint(condition=~Q(customer=F("parent")), name="customer_is_not_its_own_parent"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="customer_parent_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} below {self.parent}"


class AccountParent(models.Model):
    """AHI-1: the parent of an account, for reporting and pooling; never for who pays."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="parent_edges")
    parent = models.ForeignKey(Account, models.PROTECT, related_name="child_edges")
    during = DateRangeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            one_on_any_day("account_id", "account_has_one_parent_on_any_day"),
            models.CheckConstraint(condition=~Q(account=F("parent")), name="account_is_not_its_own_parent"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="account_parent_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account} below {self.parent}"


class ResponsibleAccount(models.Model):
    """BHI-1: the account that is invoiced for all charges of a managed account. No chains (BHI-2)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="responsible_edges")
    responsible_account = models.ForeignKey(Account, models.PROTECT, related_name="managed_edges")
    during = DateRangeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            one_on_any_day("account_id", "account_has_one_responsible_account_on_any_day"),
            models.CheckConstraint(
                condition=~Q(account=F("responsible_account")), name="account_is_not_its_own_responsible_account"
            ),
            models.CheckConstraint(condition=Q(during__isempty=False), name="responsible_account_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account} managed by {self.responsible_account}"
