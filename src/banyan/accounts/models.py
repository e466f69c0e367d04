"""Owners, customers and their billing accounts, with the lists an account chooses from."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now, Trim

from banyan.organizations.models import Organization
from banyan.organizations.reach import Reachable


class TaxRoundingChoice(models.TextChoices):
    """TAX-4: engine.facts.TaxRounding."""

    DOCUMENT = "document", "On the sum of an invoice's lines"
    LINE = "line", "Line by line"


class TaxDateChoice(models.TextChoices):
    """TAX-1: engine.facts.TaxDate."""

    SUPPLY = "supply", "The service day"
    INVOICE = "invoice", "The invoice date"


class Owner(models.Model):
    """OWN-2: a legal entity of the tenant, the root of its account trees.

    `tax_rounding` (TAX-4) null: as is usual in its country. `tax_date`: TAX-1.
    """

    legal_name = models.CharField(max_length=200)
    address = models.JSONField(default=dict)
    tax_registrations = models.JSONField(default=list)
    base_currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=20, default="en")
    invoice_prefix = models.CharField(max_length=20, unique=True)
    tax_rounding = models.CharField(max_length=10, null=True, choices=TaxRoundingChoice)
    tax_date = models.CharField(
        max_length=10, choices=TaxDateChoice, default=TaxDateChoice.SUPPLY, db_default=TaxDateChoice.SUPPLY
    )

    def __str__(self) -> str:
        return self.legal_name

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tax_rounding__in=TaxRoundingChoice.values), name="owner_rounds_taxes_in_a_known_way"
            ),
            models.CheckConstraint(
                condition=Q(tax_date__in=TaxDateChoice.values), name="owner_dates_taxes_in_a_known_way"
            ),
        ]


class BillCycle(models.Model):
    """CYC-1: the calendar by which accounts are invoiced. Frequencies: kernel.calendar.Frequency."""

    name = models.CharField(max_length=200, unique=True)
    currency = models.CharField(max_length=3, null=True)
    frequency = models.CharField(max_length=20)
    start_date = models.DateField()
    time_zone = models.CharField(max_length=64, default="UTC")

    def __str__(self) -> str:
        return self.name


class PaymentTerm(models.Model):
    """ACC-11: how many days after the invoice date an invoice is due."""

    name = models.CharField(max_length=100, unique=True)
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name


class AccountCategory(models.Model):
    """ACC-7."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "account categories"

    def __str__(self) -> str:
        return self.name


class ContactCategory(models.Model):
    """ACC-12: what a contact is there for; notifications can go to all contacts of a category."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "contact categories"

    def __str__(self) -> str:
        return self.name


class AccountType(models.Model):
    """TYP-1: the tenant's own kinds of accounts."""

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(default="", blank=True)
    default = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(F("default"), condition=Q(default=True), name="at_most_one_default_account_type"),
        ]

    def __str__(self) -> str:
        return self.name


def _by_custom_fields(name: str) -> GinIndex:
    """FLD-2: finds rows by the value of a custom field; rows without any cost nothing."""
    return GinIndex(fields=["custom_fields"], opclasses=["jsonb_path_ops"], condition=~Q(custom_fields={}), name=name)


class CustomerKind(models.TextChoices):
    """CUS-1."""

    PERSON = "person"
    COMPANY = "company"


class Customer(models.Model):
    """CUS-1 to CUS-6. `name` follows from the kind.

    Addresses are objects: line1 line2 city state postal_code country.
    """

    kind = models.CharField(max_length=10, choices=CustomerKind)
    first_name = models.CharField(max_length=200, null=True)
    last_name = models.CharField(max_length=200, null=True)
    company_name = models.CharField(max_length=200, null=True)
    name = models.GeneratedField(
        expression=models.Case(
            models.When(
                kind=CustomerKind.PERSON,
                then=Trim(Concat(F("first_name"), Value(" "), F("last_name"))),
            ),
            default=F("company_name"),
        ),
        output_field=models.CharField(max_length=401),
        db_persist=True,
    )
    number = models.CharField(max_length=50, unique=True)
    external_number = models.CharField(max_length=100, unique=True, null=True)
    date_of_birth = models.DateField(null=True)
    tax_number = models.CharField(max_length=50, null=True)
    tax_id_validated = models.BooleanField(default=False)
    phones = models.JSONField(default=list)
    primary_email = models.EmailField(max_length=254)
    secondary_emails = models.JSONField(default=list)
    billing_address = models.JSONField(null=True)
    service_address = models.JSONField(null=True)
    shipping_address = models.JSONField(null=True)
    custom_fields = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("accounts__organization", in_several=True)

    class Meta:
        indexes = [
            _by_custom_fields("customer_by_custom_field"),
            models.Index(fields=["name", "id"], name="customer_by_name"),
            models.Index(fields=["created_at", "id"], name="customer_by_creation"),
            models.Index(fields=["primary_email"], name="customer_by_email"),
            models.Index(fields=["tax_number"], condition=Q(tax_number__isnull=False), name="customer_by_tax_number"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind=CustomerKind.PERSON) & Q(first_name__isnull=False) & Q(last_name__isnull=False))
                | (Q(kind=CustomerKind.COMPANY) & Q(company_name__isnull=False)),
                name="customer_has_the_names_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(date_of_birth__isnull=True) | Q(kind=CustomerKind.PERSON),
                name="only_a_person_has_a_date_of_birth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class AccountStatus(models.TextChoices):
    """ACC-3."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    PENDING_COLLECTION = "pending_collection"
    INACTIVE = "inactive"


class InvoiceType(models.TextChoices):
    """ACC-10."""

    EMAIL = "email"
    NONE = "none"
    PAPER = "paper"
    PAPER_AND_EMAIL = "paper_and_email"


class RenderingType(models.TextChoices):
    """BHI-4."""

    AGGREGATED = "aggregated"
    PER_ACCOUNT = "per_account"


class Account(models.Model):
    """ACC-*: a billing account. `inactive_since` is the day it became Inactive, its last that is charged (ACC-3).

    `status_date` is the day since when it has its status; None: it was active when it was opened, and still is.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="accounts", db_index=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="accounts")
    number = models.CharField(max_length=50, unique=True)
    external_number = models.CharField(max_length=100, unique=True, null=True)
    name = models.CharField(max_length=401)
    description = models.TextField(default="", blank=True)
    status = models.CharField(max_length=20, choices=AccountStatus, default=AccountStatus.ACTIVE)
    status_reason = models.TextField(default="", blank=True)
    status_date = models.DateField(null=True)
    inactive_since = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    invoice_currency = models.CharField(max_length=3)
    bill_cycle = models.ForeignKey(BillCycle, models.PROTECT, related_name="accounts", db_index=False)
    start_date = models.DateField()
    category = models.ForeignKey(AccountCategory, models.PROTECT, related_name="accounts")
    type = models.ForeignKey(AccountType, models.PROTECT, null=True, related_name="accounts")
    taxable = models.BooleanField(default=True)
    minimum_invoice_amount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    preferred_language = models.CharField(max_length=20, default="en")
    invoice_type = models.CharField(max_length=20, choices=InvoiceType, default=InvoiceType.EMAIL)
    invoice_rendering_type = models.CharField(max_length=20, choices=RenderingType, default=RenderingType.AGGREGATED)
    payment_term = models.ForeignKey(PaymentTerm, models.PROTECT, related_name="accounts")
    auto_pay = models.BooleanField(default=False)
    auto_pay_offset = models.IntegerField(default=0)
    dunning_enabled = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=200, null=True)
    contact_email = models.EmailField(max_length=254)
    contact_phone = models.CharField(max_length=50, null=True)
    billing_address = models.JSONField(null=True)
    shipping_address = models.JSONField(null=True)
    billing_details = models.JSONField(null=True)
    preferences = models.JSONField(default=dict)
    custom_fields = models.JSONField(default=dict)
    is_default = models.BooleanField(default=False)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("organization")

    class Meta:
        indexes = [
            models.Index(fields=["bill_cycle", "id"], name="account_by_bill_cycle"),
            models.Index(fields=["owner", "number"], name="account_by_owner"),
            models.Index(fields=["status", "id"], condition=~Q(status=AccountStatus.ACTIVE), name="account_by_status"),
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["start_date", "id"], name="account_by_start_date"),
            models.Index(fields=["created_at", "id"], name="account_by_creation"),
            _by_custom_fields("account_by_custom_field"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="customer_has_one_default_account"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(is_primary=True), name="organization_has_one_primary_account"
            ),
            models.CheckConstraint(
                condition=(Q(status=AccountStatus.INACTIVE) & Q(inactive_since__isnull=False))
                | (~Q(status=AccountStatus.INACTIVE) & Q(inactive_since__isnull=True)),
                name="inactive_account_has_its_last_day",
            ),
            models.CheckConstraint(
                condition=Q(minimum_invoice_amount__gte=0), name="minimum_invoice_amount_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Contact(models.Model):
    """ACC-12: a further contact of an account; the primary one is the account's own `contact_…`."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    category = models.ForeignKey(ContactCategory, models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200, null=True)
    email = models.EmailField(max_length=254, null=True)
    phone = models.CharField(max_length=50, null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(name__isnull=False) | Q(email__isnull=False), name="contact_has_a_name_or_an_email"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or ""


class Note(models.Model):
    """ACC-12: what somebody wrote about an account; `author` is the actor of the history."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="notes")
    text = models.TextField()
    author = models.TextField()
    at = models.DateTimeField()

    objects = models.Manager()
    reachable = Reachable("account__organization")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_has_a_text")]

    def __str__(self) -> str:
        return self.text[:80]


class CustomSubject(models.TextChoices):
    """FLD-1: what can have custom fields."""

    CUSTOMER = "customer"
    ACCOUNT = "account"


class CustomFieldType(models.TextChoices):
    """FLD-1."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"


class CustomField(models.Model):
    """FLD-1: a field of the tenant's own; its values stand in `custom_fields` of customers or accounts, by `key`.

    `options` are the texts to choose from. An inactive field is not asked for any more, and what it holds stays.
    """

    subject = models.CharField(max_length=10, choices=CustomSubject)
    key = models.CharField(max_length=50)
    label = models.CharField(max_length=200)
    type = models.CharField(max_length=10, choices=CustomFieldType)
    options = models.JSONField(default=list)
    required = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="custom_field_has_a_key_of_its_own")]

    def __str__(self) -> str:
        return self.label


class OwnerVersion(models.Model):
    """INV-9: what an invoice shows of its seller, as it stood from one change to the next; and its tax rounding.

    Versions are written by the database whenever something in them changes, and are never edited or deleted. The latest
    of a party, the one with the highest id, is what the party is now.
    """

    owner_id = models.BigIntegerField()
    legal_name = models.CharField(max_length=200)
    address = models.JSONField()
    tax_registrations = models.JSONField()
    language = models.CharField(max_length=20)
    tax_rounding = models.CharField(max_length=10, null=True)

    class Meta:
        indexes = [models.Index(fields=["owner_id", "id"], name="version_of_owner")]


class CustomerVersion(models.Model):
    """INV-9: what an invoice shows of its buyer, the customer whose account pays; see OwnerVersion."""

    customer_id = models.BigIntegerField()
    number = models.CharField(max_length=50)
    name = models.CharField(max_length=401)
    tax_number = models.CharField(max_length=50, null=True)
    tax_id_validated = models.BooleanField()
    billing_address = models.JSONField(null=True)
    service_address = models.JSONField(null=True)
    shipping_address = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "id"], name="version_of_customer")]


class AccountVersion(models.Model):
    """INV-9: what an invoice shows of the account that pays, and of each account on its lines; see OwnerVersion."""

    account_id = models.BigIntegerField()
    number = models.CharField(max_length=50)
    name = models.CharField(max_length=401)
    billing_address = models.JSONField(null=True)
    shipping_address = models.JSONField(null=True)
    billing_details = models.JSONField(null=True)
    contact_name = models.CharField(max_length=200, null=True)
    preferred_language = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["account_id", "id"], name="version_of_account")]


class PaymentTermVersion(models.Model):
    """INV-9: a payment term as an invoice was issued with it; see OwnerVersion."""

    payment_term_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    days = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["payment_term_id", "id"], name="version_of_payment_term")]
