"""What accounts ordered and subscribed to, who pays for each subscription from day to day, and one-time charges."""

from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from banyan.accounts.models import Account, BillCycle, Customer
from banyan.catalog.models import Price, Product
from banyan.contracts.models import Contract
from banyan.kernel.calendar import last_day
from banyan.kernel.decimals import decimal_text
from banyan.organizations.access_scope import Reachable
from banyan.relations.models import one_on_any_day


class Subscription(models.Model):
    """SUB-1. `ends_before` is the first day that is no longer served, `end_date` the last that is (DAT-1). Both lie
    within its contract (CTR-2). `agreed_ends_before` keeps, of a cancelled one, what `ends_before` was without that.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="subscriptions")
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="subscriptions")
    number = models.CharField(max_length=50, unique=True)
    start_date = models.DateField()
    ends_before = models.DateField(null=True)
    agreed_ends_before = models.DateField(null=True)
    anchor = models.CharField(max_length=10, default="cycle")
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__isnull=True) | Q(ends_before__gte=F("start_date")),
                name="subscription_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def end_date(self) -> date | None:
        """DAT-1: the last day that is served."""
        return last_day(self.ends_before)


class SubscriptionItem(models.Model):
    """A price and quantity of a subscription, as agreed at its start; later terms are ItemTerms.

    `start_date`, of one that was added later, and `ends_before`, the first day on which one that was ended is no longer
    served, narrow the days of the subscription (SUB-9); null: those of the subscription.

    `named_only`: of usage, only events that name the subscription are charged (USE-5).

    `billed_until`, `changed_from`, `keep_until`: engine.facts.Item. `revision` goes up with every change that billing
    must not overlook: a bill run writes an item's state only if the revision is still the one that it read.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="items")
    price = models.ForeignKey(Price, models.PROTECT, related_name="items")
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    start_date = models.DateField(null=True)
    ends_before = models.DateField(null=True)
    named_only = models.BooleanField(default=False, db_default=False)
    billed_until = models.DateField(null=True)
    changed_from = models.DateField(null=True)
    keep_until = models.DateField(null=True)
    revision = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["changed_from"], condition=Q(changed_from__isnull=False), name="changed_item"),
            models.Index(fields=["subscription"], condition=Q(named_only=True), name="item_of_named_usage"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="item_quantity_is_not_negative"),
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(ends_before__isnull=True)
                | Q(ends_before__gte=F("start_date")),
                name="item_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{decimal_text(self.quantity)} × {self.price}"

    @property
    def end_date(self) -> date | None:
        """DAT-1: the last day that is served, of one that was ended by itself."""
        return last_day(self.ends_before)


class ItemTerms(models.Model):
    """What was agreed for an item from `since` on: a price, a quantity, or both (SUB-8).

    Null is "says nothing about it": on a day the latest price that a row with `since` on or before it names holds, and
    apart from that the latest quantity; the item's own where no row names one. So each of the two goes on until the
    next row that names it, whatever is agreed for the other. A row for the item's start replaces what it began with.
    """

    item = models.ForeignKey(SubscriptionItem, models.CASCADE, related_name="later_terms")
    since = models.DateField()
    price = models.ForeignKey(Price, models.PROTECT, null=True, related_name="+")
    quantity = models.DecimalField(max_digits=30, decimal_places=12, null=True)

    class Meta:
        verbose_name_plural = "item terms"
        constraints = [
            models.UniqueConstraint(fields=["item", "since"], name="item_has_one_set_of_terms_a_day"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="terms_quantity_is_not_negative"),
            models.CheckConstraint(
                condition=Q(price__isnull=False) | Q(quantity__isnull=False), name="terms_name_price_or_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} from {self.since}"


class SubscriptionGroup(models.Model):
    """GRP-1: subscriptions billed together on one invoice to one payer."""

    name = models.CharField(max_length=200)
    payer = models.ForeignKey(Customer, models.PROTECT, related_name="subscription_groups")
    is_default = models.BooleanField(default=False)

    objects = models.Manager()
    reachable = Reachable("payer__accounts__organization", in_several=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer"], condition=Q(is_default=True), name="customer_has_one_default_group"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class End(models.Func):
    """The first day on which a row does not hold any more; 'infinity' for one that is open."""

    template = "coalesce(upper(%(expressions)s), DATE 'infinity')"
    output_field = models.DateField()


class WhoPays(models.Model):
    """WHO-1: how a subscription is paid on the days of `during`, and the group it is in (GRP-1: at most one on any
    day).

    The group's payer pays. `customer_separate` has no group: the subscription's own customer pays, on an invoice of
    its own. A subscription without such a row is simply paid by its account (WHO-3). By the index `who_pays_by_end`
    changes find the rows that end after a day, however many ended before.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="who_pays", db_index=False)
    mode = models.CharField(max_length=30)
    group = models.ForeignKey(SubscriptionGroup, models.PROTECT, null=True, related_name="memberships")
    during = DateRangeField()

    class Meta:
        indexes = [models.Index(F("subscription_id"), End("during"), name="who_pays_by_end")]
        constraints = [
            one_on_any_day("subscription_id", "subscription_has_one_payer_on_any_day"),
            models.CheckConstraint(
                condition=(Q(mode="customer_separate") & Q(group__isnull=True))
                | (~Q(mode="customer_separate") & Q(group__isnull=False)),
                name="who_pays_has_a_group_unless_separate",
            ),
            models.CheckConstraint(condition=Q(during__isempty=False), name="who_pays_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription}: {self.mode.replace('_', ' ')}"


class OrderStatus(models.TextChoices):
    """SUB-1."""

    DRAFT = "draft"
    ACTIVE = "active"
    CANCELLED = "cancelled"


class Order(models.Model):
    """SUB-1: what an account ordered; once active it is `subscription`. A draft without a start date starts on the day
    that it is activated.
    """

    number = models.CharField(max_length=50, unique=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="orders")
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.DRAFT)
    start_date = models.DateField(null=True)
    ends_before = models.DateField(null=True)
    anchor = models.CharField(max_length=10, default="cycle")
    who_pays_mode = models.CharField(max_length=30, null=True)
    payer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+")
    group = models.ForeignKey(SubscriptionGroup, models.SET_NULL, null=True, related_name="orders")
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="orders")
    subscription = models.OneToOneField(Subscription, models.CASCADE, null=True, related_name="order")
    created_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True)

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", subscription__isnull=True, cancelled_at__isnull=True)
                | Q(status="active", subscription__isnull=False, cancelled_at__isnull=True)
                | Q(status="cancelled", subscription__isnull=True, cancelled_at__isnull=False),
                name="order_is_a_draft_active_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def end_date(self) -> date | None:
        """DAT-1: the last day that is to be served."""
        return last_day(self.ends_before)


class OrderItem(models.Model):
    """A price and quantity as ordered."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    price = models.ForeignKey(Price, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=30, decimal_places=12)
    named_only = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="ordered_quantity_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{decimal_text(self.quantity)} × {self.price}"


class PauseKind(models.TextChoices):
    """Why an account is not billed for some days, and what of it: everything, or only what recurs."""

    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class BillingPause(models.Model):
    """ACC-3: the days that an account is not billed for, although its subscriptions go on: from the day after it became
    inactive until it was active again, and while it is suspended if Bill Suspended Accounts is off.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=10, choices=PauseKind)
    during = DateRangeField()

    class Meta:
        constraints = [
            one_on_any_day("account_id", "account_has_one_pause_on_any_day"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="pause_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"


class SubscriptionPause(models.Model):
    """SUB-9: days on which nothing of a subscription is charged, neither what recurs nor usage. Open: until it is
    resumed.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="pauses", db_index=False)
    during = DateRangeField()

    class Meta:
        constraints = [
            one_on_any_day("subscription_id", "subscription_has_one_pause_on_any_day"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="subscription_pause_holds_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription} paused from {self.during.lower}"


class EarlierBillCycle(models.Model):
    """ACC-5: the bill cycle that an account had until a day; then the next one held, after the last that of today."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="earlier_bill_cycles")
    bill_cycle = models.ForeignKey(BillCycle, models.PROTECT, related_name="+")
    until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "until"], name="account_has_one_earlier_cycle_until_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.bill_cycle} until {self.until}"


class Charge(models.Model):
    """SUB-7: a one-time charge; a negative amount is a credit. `billed`: it is on a live invoice line.

    It is paid like its `subscription`, if it names one, or by a choice of its own: `who_pays_mode` (WHO-1), for mode
    `ancestor` with `payer`. Whom the choice leads to is found in the hierarchy of the billing date, by the database's
    function `banyan_account_chosen_for`; without either the account pays. `revision` goes up with every change, so that
    a bill run bills it only as it is.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="charges")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="charges")
    subscription = models.ForeignKey(Subscription, models.PROTECT, null=True, related_name="charges", db_index=False)
    who_pays_mode = models.CharField(max_length=30, null=True)
    payer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    description = models.CharField(max_length=500)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    date = models.DateField()
    billed = models.BooleanField(default=False)
    revision = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        indexes = [
            models.Index(fields=["account"], condition=Q(billed=False), name="charge_not_yet_billed"),
            models.Index(
                fields=["subscription"], condition=Q(subscription__isnull=False), name="charge_by_subscription"
            ),
            models.Index(
                fields=["account"],
                condition=Q(billed=False, who_pays_mode__isnull=False),
                name="charge_with_a_choice",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(subscription__isnull=True) | Q(who_pays_mode__isnull=True),
                name="charge_is_paid_like_its_subscription_or_by_choice",
            ),
            models.CheckConstraint(
                condition=Q(payer__isnull=True) | Q(who_pays_mode="ancestor"),
                name="charge_names_a_payer_by_mode_ancestor",
            ),
        ]

    def __str__(self) -> str:
        return self.description
