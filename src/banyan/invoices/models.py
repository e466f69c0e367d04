"""Invoices, their lines and their numbers. Written in bulk by bill runs; never changed once issued (INV-6)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from banyan.accounts.models import Account, Owner
from banyan.invoices.numbers import invoice_number
from banyan.kernel.ids import encode_id
from banyan.organizations.access_scope import Reachable
from banyan.subscriptions.models import Subscription, SubscriptionGroup


class InvoiceStatus(models.TextChoices):
    """INV-2."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    WRITTEN_OFF = "written_off"


class InvoiceCounter(models.Model):
    """INV-3: the last number given in an owner's sequence. Counted up in the transaction that issues, so no number is
    lost.
    """

    owner = models.OneToOneField(Owner, models.PROTECT, primary_key=True, related_name="invoice_counter")
    last_number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"invoice numbers of {self.owner}"


class Invoice(models.Model):
    """INV-1, INV-2. `for_account`, `group`, `subscription` and `charge_id` say why it is apart from the payer's other
    invoices.

    References have no constraint (a check would lock every account that is billed): triggers refuse to delete what an
    invoice refers to. The number that people see is the owner's prefix and `sequence_number` in six digits or more.

    INV-9: the versions (accounts.models.OwnerVersion, CustomerVersion, PaymentTermVersion) of who sells, who buys and
    of the payment term, and those (AccountVersion) of the account that pays and of every other account that a line or
    the way to its payer names; all as they were on issue. A draft has none yet: it shows what holds now.

    `reissue_of`: the invoice, void now, that it was issued instead of (INV-10). It is of the same bill run, by whose
    billing date everything on it was decided, and dated on the day of the reissue.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    sequence_number = models.BigIntegerField(null=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="invoices", db_constraint=False)
    for_account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    group = models.ForeignKey(
        SubscriptionGroup, models.PROTECT, null=True, related_name="invoices", db_index=False, db_constraint=False
    )
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    charge_id = models.BigIntegerField(null=True)
    bill_run_id = models.BigIntegerField()
    status = models.CharField(max_length=12, choices=InvoiceStatus)
    invoice_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    gross = models.DecimalField(max_digits=24, decimal_places=4)
    discount = models.DecimalField(max_digits=24, decimal_places=4)
    tax = models.DecimalField(max_digits=24, decimal_places=4)
    seller_version = models.BigIntegerField(null=True)
    buyer_version = models.BigIntegerField(null=True)
    term_version = models.BigIntegerField(null=True)
    account_versions = ArrayField(models.BigIntegerField(), null=True)
    reissue_of = models.BigIntegerField(null=True)

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        indexes = [
            models.Index(fields=["bill_run_id"], name="invoice_by_run"),
            models.Index(fields=["group"], condition=Q(group__isnull=False), name="invoice_by_group"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "sequence_number"], name="invoice_number_is_given_once"),
            models.UniqueConstraint(
                fields=["reissue_of"], condition=Q(reissue_of__isnull=False), name="an_invoice_is_reissued_once"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", sequence_number__isnull=True)
                | (~Q(status="draft") & Q(sequence_number__isnull=False)),
                name="an_issued_invoice_has_a_number_and_a_draft_has_none",
            ),
            models.CheckConstraint(
                condition=Q(gross__gte=F("discount") - F("tax")), name="an_invoice_is_not_issued_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="draft",
                    seller_version__isnull=True,
                    buyer_version__isnull=True,
                    term_version__isnull=True,
                    account_versions__isnull=True,
                )
                | ~Q(status="draft")
                & Q(
                    seller_version__isnull=False,
                    buyer_version__isnull=False,
                    term_version__isnull=False,
                    account_versions__isnull=False,
                ),
                name="an_issued_invoice_keeps_its_parties",
            ),
            models.CheckConstraint(
                condition=Q(charge_id__isnull=True) | Q(group__isnull=True, subscription__isnull=True),
                name="an_invoice_for_a_charge_alone_is_for_nothing_else",
            ),
            # until payments exist, only an invoice of nothing is paid
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(gross=F("discount") - F("tax")), name="what_is_paid_was_paid"
            ),
        ]

    def __str__(self) -> str:
        if self.sequence_number is None:
            return f"draft for {self.account}"
        return invoice_number(self.owner.invoice_prefix, self.sequence_number)


class BilledBefore(models.Model):
    """How far items were billed before a bill run billed them, with or without a line (taking_back.py).

    One row for all items of a batch that stood alike: `payers` are those whose bills they were on, place by place, all
    accounts from `first_payer` to `last_payer`. `billed_until` and `changed_from` are as they were, `until` is how far
    the run billed them. Written by the run, in the batch's transaction; gone once it is reversed or discarded.
    """

    bill_run_id = models.BigIntegerField()
    first_payer = models.BigIntegerField()
    last_payer = models.BigIntegerField()
    billed_until = models.DateField(null=True)
    changed_from = models.DateField(null=True)
    until = models.DateField(null=True)
    items = ArrayField(models.BigIntegerField())
    payers = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name_plural = "billed before"
        indexes = [models.Index(fields=["bill_run_id", "first_payer"], name="billed_before_by_run")]
        constraints = [
            models.CheckConstraint(condition=Q(items__len=F("payers__len")), name="billed_before_has_a_payer_an_item"),
        ]

    def __str__(self) -> str:
        return f"billed before {encode_id('bill_run', self.bill_run_id)}"


class InvoiceLine(models.Model):
    """INV-4. net = gross - discount and total = net + tax are computed where they are shown.

    `live` is true until its invoice is void. One live line at most for an item, period start and correction number: a
    second bill for the same thing is impossible (RUN-2). `discounts` [[name, percent or null, amount]] (of a fixed
    amount also the discount's id: DIS-4), `taxes` [[name, percent, amount]], `usage` [used, own allowance, shared
    allowance], `payer_trail` [[rule, from, to]] (null: its own account pays), `reverse_charge`: TAX-3. Invoice, item
    and account numbers have no foreign keys (the rows are written by the hundred thousand): triggers refuse to delete
    what lines refer to, and the run's certificate and `banyan verify` look for orphans.

    `repeats`: the line on a void invoice that this one, of a reissued invoice, says again (INV-10); of a line that was
    reissued several times the first. Whatever `corrects` a line names that first one, so it never has to change.
    """

    invoice_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=10)
    account_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    charge_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    price_id = models.BigIntegerField(null=True)
    description = models.CharField(max_length=500)
    period_start = models.DateField()
    period_end = models.DateField()
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    unit_amount = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    gross = models.DecimalField(max_digits=24, decimal_places=4)
    discount = models.DecimalField(max_digits=24, decimal_places=4)
    tax = models.DecimalField(max_digits=24, decimal_places=4)
    discounts = models.JSONField(null=True)
    taxes = models.JSONField(null=True)
    usage = models.JSONField(null=True)
    payer_trail = models.JSONField(null=True)
    correction = models.SmallIntegerField(default=0)
    corrects = models.BigIntegerField(null=True)
    repeats = models.BigIntegerField(null=True)
    reverse_charge = models.BooleanField(default=False, db_default=False)
    live = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["invoice_id"], condition=Q(reverse_charge=True), name="reverse_charged_line"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item_id", "period_start", "correction"],
                condition=Q(live=True, item_id__isnull=False),
                name="an_item_and_period_is_billed_once",
            ),
            models.UniqueConstraint(
                fields=["charge_id"], condition=Q(live=True, charge_id__isnull=False), name="a_charge_is_billed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.description


class InvoiceSeal(models.Model):
    """REL-C: what up to a thousand invoices of a run looked like when they were issued, so that `banyan verify` sees
    what was changed, lost or added since.

    The arrays go together: of each invoice its checksum, how many lines it had, and the checksum of these. What changes
    in the life of an invoice, its status and whether its lines are live, is not in them. A seal is never changed. It
    finds accidents and careless edits; who may write everything may write a seal as well.
    """

    bill_run_id = models.BigIntegerField(db_index=True)
    invoice_ids = ArrayField(models.BigIntegerField())
    of_invoices = ArrayField(models.BigIntegerField())
    lines = ArrayField(models.IntegerField())
    of_lines = ArrayField(models.BigIntegerField())
    sealed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"seal of {encode_id('bill_run', self.bill_run_id)}"
