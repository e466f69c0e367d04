"""What is sold, at which price, with which discount and tax."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from banyan.accounts.models import Account
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import amount_shown, exact_amount_text
from banyan.organizations.access_scope import Reachable


class Product(models.Model):
    """CAT-1."""

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=100, unique=True)
    tax_category = models.CharField(max_length=50, null=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Aggregation(models.TextChoices):
    """USE-1: what a period's events come to. `unique` counts different values of the property "value", else of the
    quantity.
    """

    SUM = "sum"
    COUNT = "count"
    MAX = "max"
    LAST = "last"
    UNIQUE = "unique"


class Meter(models.Model):
    """USE-1: what usage is counted with; `precision` is the decimals of a unit."""

    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=50, default="unit")
    aggregation = models.CharField(max_length=10, choices=Aggregation, default=Aggregation.SUM)
    precision = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Price(models.Model):
    """CAT-1 to CAT-3, USE-3. Never changes once used; `tiers` is a list of {up_to, unit_amount, flat_amount} as decimal
    texts.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="prices")
    code = models.CharField(max_length=100, unique=True, null=True)
    currency = models.CharField(max_length=3)
    type = models.CharField(max_length=10)
    model = models.CharField(max_length=10)
    interval = models.CharField(max_length=10, default="month")
    interval_count = models.PositiveSmallIntegerField(default=1)
    timing = models.CharField(max_length=10)
    unit_amount = models.DecimalField(max_digits=30, decimal_places=12, default=0)
    flat_amount = models.DecimalField(max_digits=30, decimal_places=12, default=0)
    tiers = models.JSONField(default=list)
    package_size = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    meter = models.ForeignKey(Meter, models.PROTECT, null=True, related_name="prices")
    included_quantity = models.DecimalField(max_digits=30, decimal_places=12, default=0)
    pooled = models.BooleanField(default=False)
    show_covered_usage = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(interval_count__gt=0), name="price_interval_is_positive"),
            models.CheckConstraint(
                condition=(Q(type="usage") & Q(meter__isnull=False)) | (~Q(type="usage") & Q(meter__isnull=True)),
                name="usage_price_has_a_meter",
            ),
            models.CheckConstraint(
                condition=~Q(model="package") | Q(package_size__gt=0), name="package_price_has_a_package_size"
            ),
        ]

    def __str__(self) -> str:
        if self.code is not None:
            return self.code
        amount = self.flat_amount if self.model == "flat" else self.unit_amount
        costs = self.model if self.tiers else exact_amount_text(amount, self.currency)
        return f"{self.product}, {costs} {self.currency}"


class Discount(models.Model):
    """DIS-1: on everything an account is charged, or on some products. `valid_to` is its last day; without a first
    day it holds since ever.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="discounts")
    percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    products = models.ManyToManyField(Product, related_name="discounts")
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(percent__isnull=False) & Q(amount__isnull=True))
                | (Q(percent__isnull=True) & Q(amount__isnull=False)),
                name="discount_is_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | (Q(percent__gt=0) & Q(percent__lte=100)),
                name="discount_percent_is_above_0_up_to_100",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="discount_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="discount_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        if self.percent is not None:
            return f"{decimal_text(self.percent)} %"
        return amount_shown(self.amount or Decimal(0), self.account.currency)


class TaxExemption(models.Model):
    """TAX-2: from `valid_from` (null: since ever) to `valid_to`, its last day, the account's charges are not taxed."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tax_exemptions")
    certificate = models.CharField(max_length=100)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="tax_exemption_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.certificate


class TaxRate(models.Model):
    """TAX-1: `state` and `tax_category` empty hold for all. `valid_to` is its last day."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=50, null=True)
    tax_category = models.CharField(max_length=50, null=True)
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0) & Q(percent__lte=100), name="tax_percent_is_0_to_100"),
        ]

    def __str__(self) -> str:
        return self.name
