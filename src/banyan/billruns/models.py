"""Bill runs and the batches of payers that their work is cut into."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from banyan.accounts.models import Account, BillCycle
from banyan.organizations.access_scope import Reachable


class RunMode(models.TextChoices):
    """RUN-6."""

    BILL = "bill"
    SIMULATE = "simulate"


class RunStatus(models.TextChoices):
    """The life of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    DISCARDED = "discarded"
    REVERSED = "reversed"


class Step(models.TextChoices):
    """What is being done with a run, or was last: billing it, and what somebody decided about it (RUN-7, RUN-8)."""

    BILL = "bill"
    APPROVE = "approve"
    DISCARD = "discard"
    REVERSE = "reverse"


UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.AWAITING_APPROVAL)
COMPLETED = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


class BillRun(models.Model):
    """RUN-1: one execution of a bill cycle for one of its billing dates.

    `requires_approval`: its invoices stay drafts until it is approved (RUN-7), as the setting was when it was started.
    `trouble`: what it waits for right now although it is being done, such as room on a full disk; "" is nothing.
    `second_opinion`: what was found when payers of it were billed once more by other means (REL-E); null: not yet.
    `reason`: why it was reversed, by who did (RUN-11).
    `warnings_in_all`: how many things on it look absurd (RUN-10), kept as warnings or not.
    `planned_in`: the oldest transaction that was open when it was planned, so its facts were read after all before it.
    """

    bill_cycle = models.ForeignKey(BillCycle, models.PROTECT, related_name="runs")
    billing_date = models.DateField()
    mode = models.CharField(max_length=10, choices=RunMode, default=RunMode.BILL)
    status = models.CharField(max_length=30, choices=RunStatus, default=RunStatus.QUEUED)
    step = models.CharField(max_length=10, choices=Step, default=Step.BILL)
    requires_approval = models.BooleanField(default=False)
    payers_total = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    step_began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    planned_in = models.BigIntegerField(null=True)
    certificate = models.JSONField(null=True)
    second_opinion = models.JSONField(null=True)
    trouble = models.TextField(db_default="")
    reason = models.TextField(db_default="")
    warnings_in_all = models.IntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill_cycle"],
                condition=Q(mode=RunMode.BILL, status__in=UNDER_WAY),
                name="one_bill_run_a_cycle_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(mode=RunMode.BILL) | ~Q(status__in=COMPLETED) | Q(certificate__isnull=False),
                name="a_completed_run_has_a_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_cycle} for {self.billing_date}"


class Batch(models.Model):
    """RUN-2: the payers with an account id from `first_account` to `last_account`; each step of the run is done for
    them in one transaction, and `done` says whether the present one is.

    A batch that was billed in parts is up to the payer `billed_to`, and `invoices`, `held_back` and `totals` are of
    those until there.

    `held_back`: of how many payers an invoice was not issued (INV-7).
    `totals` are the amounts invoiced by currency, as decimal texts. `changed_items`: those that changed and of which
    earlier lines went to payers of the batch (SUB-6), looked for once a run; None: not looked for. A batch that bills
    an account again after an error counts no payers.
    """

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="batches")
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    payers = models.IntegerField()
    changed_items = ArrayField(models.BigIntegerField(), null=True)
    done = models.BooleanField(default=False)
    billed_to = models.BigIntegerField(null=True)
    invoices = models.IntegerField(default=0)
    held_back = models.IntegerField(db_default=0)
    totals = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.run}: {self.payers:,} payers"


class RunError(models.Model):
    """RUN-4: an account that could not be billed, and why."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="errors")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    code = models.CharField(max_length=50)
    message = models.TextField()

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "account"], name="one_error_an_account_and_run")]

    def __str__(self) -> str:
        return self.message


class RunWarning(models.Model):
    """RUN-10: what looks absurd on the bill of a payer (absurd.py); of many the furthest from usual are kept."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="warnings")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    code = models.CharField(max_length=50)
    message = models.TextField()

    objects = models.Manager()
    reachable = Reachable("account__organization")

    def __str__(self) -> str:
        return self.message


class HeldBack(models.Model):
    """INV-7: an invoice that was not issued, its amounts in the currency of the account: below the minimum that the
    account had then, or a credit.
    """

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="invoices_held_back")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    total = models.DecimalField(max_digits=24, decimal_places=4)
    minimum = models.DecimalField(max_digits=20, decimal_places=4)

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(total__lt=F("minimum")), name="held_back_below_the_minimum")]

    def __str__(self) -> str:
        return f"{self.account} held back on {self.run}"


class SimulatedInvoice(models.Model):
    """RUN-6: an invoice that a simulation came to, kept as the API shows it."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="simulated_invoices")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    document = models.JSONField()

    objects = models.Manager()
    reachable = Reachable("account__organization")

    def __str__(self) -> str:
        return f"{self.account} on {self.run}"
