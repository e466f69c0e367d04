"""Owners, customers and their billing accounts, with the lists an account chooses from."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now, Trim

from banyan.organizations.access_scope import Reachable
from banyan.organizations.models import Organization


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

    legal_name = models.CharField("Legal name", max_length=200, help_text="As it stands on invoices.")
    address = models.JSONField("Address", default=dict, blank=True)
    tax_registrations = models.JSONField(
        "Tax registrations",
        default=list,
        blank=True,
        help_text="Countries and numbers under which the owner is registered.",
    )
    base_currency = models.CharField("Base currency", max_length=3, default="USD")
    time_zone = models.CharField(
        "Time zone",
        max_length=64,
        default="UTC",
        help_text="Says when a day begins for the owner's accounts, such as Europe/Berlin.",
    )
    language = models.CharField(
        "Language", max_length=20, default="en", help_text="Of invoices to accounts that have chosen none."
    )
    invoice_prefix = models.CharField(
        "Invoice prefix", max_length=20, unique=True, help_text="Begins the invoice numbers; no other owner has it."
    )
    tax_rounding = models.CharField(
        "Tax rounding",
        max_length=10,
        null=True,
        choices=TaxRoundingChoice,
        help_text="As is usual in the owner's country when left blank.",
    )
    tax_date = models.CharField(
        "Tax date",
        max_length=10,
        choices=TaxDateChoice,
        default=TaxDateChoice.SUPPLY,
        db_default=TaxDateChoice.SUPPLY,
        help_text="Which day decides the tax rate.",
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

    name = models.CharField("Name", max_length=200, unique=True, help_text="Such as Monthly EUR.")
    currency = models.CharField(
        "Currency",
        max_length=3,
        null=True,
        help_text="Only accounts of this currency; accounts of any currency when left blank.",
    )
    frequency = models.CharField("Frequency", max_length=20)
    start_date = models.DateField("First billing date", help_text="Later ones step from it.")
    time_zone = models.CharField(
        "Time zone", max_length=64, default="UTC", help_text="Says when a day of usage begins, such as Europe/Berlin."
    )

    def __str__(self) -> str:
        return self.name


class PaymentTerm(models.Model):
    """ACC-11: how many days after the invoice date an invoice is due."""

    name = models.CharField("Name", max_length=100, unique=True, help_text="Such as Net 30.")
    days = models.PositiveIntegerField("Days", help_text="From the invoice date to the due date.")

    def __str__(self) -> str:
        return self.name


class AccountCategory(models.Model):
    """ACC-7."""

    name = models.CharField("Name", max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "account categories"

    def __str__(self) -> str:
        return self.name


class ContactCategory(models.Model):
    """ACC-12: what a contact is there for; notifications can go to all contacts of a category."""

    name = models.CharField("Name", max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "contact categories"

    def __str__(self) -> str:
        return self.name


class AccountType(models.Model):
    """TYP-1: the tenant's own kinds of accounts."""

    name = models.CharField("Name", max_length=200, unique=True, help_text="Such as Head office or Site.")
    description = models.TextField("Description", default="", blank=True)
    default = models.BooleanField(
        "Proposed for new accounts", default=False, help_text="Takes the place of the type that was proposed before."
    )
    active = models.BooleanField("Active", default=True, help_text="An inactive type is no longer offered.")

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

    kind = models.CharField("Kind", max_length=10, choices=CustomerKind)
    first_name = models.CharField("First name", max_length=200, null=True, help_text="Of a person.")
    last_name = models.CharField("Last name", max_length=200, null=True, help_text="Of a person.")
    company_name = models.CharField("Company name", max_length=200, null=True, help_text="Of a company.")
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
    number = models.CharField("Customer number", max_length=50, unique=True, help_text="Unique. It never changes.")
    external_number = models.CharField(
        "External customer number",
        max_length=100,
        unique=True,
        null=True,
        help_text="What another system calls the customer; unique.",
    )
    date_of_birth = models.DateField("Date of birth", null=True, help_text="Of a person.")
    tax_number = models.CharField("Tax number", max_length=50, null=True, help_text="TIN or VAT ID.")
    tax_id_validated = models.BooleanField("Tax ID validated", default=False, help_text="Counts as a business for VAT.")
    phones = models.JSONField(
        "Phones", default=list, blank=True, help_text="With their country, such as +1 415 555 2671."
    )
    primary_email = models.EmailField("Primary e-mail", max_length=254)
    secondary_emails = models.JSONField("Secondary e-mails", default=list, blank=True)
    billing_address = models.JSONField("Billing address", null=True)
    service_address = models.JSONField(
        "Service address",
        null=True,
        help_text="Where the service is used, which decides the tax.",
    )
    shipping_address = models.JSONField("Shipping address", null=True)
    custom_fields = models.JSONField("Custom fields", default=dict, blank=True, help_text="By key.")
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

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts", verbose_name="Customer")
    owner = models.ForeignKey(
        Owner,
        models.PROTECT,
        related_name="accounts",
        db_index=False,
        verbose_name="Owner",
        help_text="The legal entity that invoices the account.",
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        related_name="accounts",
        verbose_name="Organization",
    )
    number = models.CharField("Account number", max_length=50, unique=True, help_text="Unique. It never changes.")
    external_number = models.CharField(
        "External account number",
        max_length=100,
        unique=True,
        null=True,
        help_text="What another system calls the account; unique.",
    )
    purchase_order_number = models.CharField(
        "Purchase order number", max_length=100, null=True, help_text="The payer's own, for its invoices."
    )
    name = models.CharField("Account name", max_length=401, blank=True)
    description = models.TextField("Description", default="", blank=True)
    status = models.CharField("Status", max_length=20, choices=AccountStatus, default=AccountStatus.ACTIVE)
    status_reason = models.TextField(default="", blank=True)
    status_date = models.DateField(null=True)
    inactive_since = models.DateField(null=True)
    currency = models.CharField("Currency", max_length=3, help_text="Of every charge and invoice, ISO 4217.")
    invoice_currency = models.CharField("Invoice currency", max_length=3)
    bill_cycle = models.ForeignKey(
        BillCycle,
        models.PROTECT,
        related_name="accounts",
        db_index=False,
        verbose_name="Bill cycle",
        help_text="Says on which days the account is invoiced.",
    )
    start_date = models.DateField("Start date")
    category = models.ForeignKey(
        AccountCategory,
        models.PROTECT,
        related_name="accounts",
        verbose_name="Account category",
    )
    type = models.ForeignKey(
        AccountType,
        models.PROTECT,
        null=True,
        related_name="accounts",
        verbose_name="Account type",
    )
    taxable = models.BooleanField("Taxable", default=True, help_text="Whether its charges are taxed.")
    minimum_invoice_amount = models.DecimalField(
        "Minimum invoice amount",
        max_digits=20,
        decimal_places=4,
        default=0,
        help_text="Below it nothing is invoiced yet.",
    )
    preferred_language = models.CharField(
        "Preferred language",
        max_length=20,
        default="en",
        help_text="Of its invoices, such as en or de-AT.",
    )
    invoice_type = models.CharField(
        "Invoice type",
        max_length=20,
        choices=InvoiceType,
        default=InvoiceType.EMAIL,
        help_text="How invoices reach the account.",
    )
    invoice_rendering_type = models.CharField(
        "Invoice rendering type",
        max_length=20,
        choices=RenderingType,
        default=RenderingType.AGGREGATED,
        help_text="One invoice for all managed accounts, or one for each.",
    )
    payment_term = models.ForeignKey(
        PaymentTerm,
        models.PROTECT,
        related_name="accounts",
        verbose_name="Payment term",
    )
    auto_pay = models.BooleanField("Authorize auto-payment", default=False)
    auto_pay_offset = models.IntegerField(
        "Auto-pay offset", default=0, help_text="Days from the due date; -3 is three days earlier."
    )
    dunning_enabled = models.BooleanField("Enable account dunning", default=False)
    contact_name = models.CharField(max_length=200, null=True)
    contact_email = models.EmailField(max_length=254)
    contact_phone = models.CharField(max_length=50, null=True)
    billing_address = models.JSONField("Billing address", null=True)
    shipping_address = models.JSONField("Shipping address", null=True)
    billing_details = models.JSONField(
        "Billing details", null=True, help_text="Text or JSON that is kept with the account."
    )
    preferences = models.JSONField(
        "Preferences", default=dict, blank=True, help_text="A JSON object that is kept with the account."
    )
    custom_fields = models.JSONField("Custom fields", default=dict, blank=True, help_text="By key.")
    is_default = models.BooleanField("Default account of the customer", default=False)
    is_primary = models.BooleanField("Primary account of its organization", default=False)
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

    def __str__(self) -> str:
        return self.legal_name


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

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return self.number


class PaymentTermVersion(models.Model):
    """INV-9: a payment term as an invoice was issued with it; see OwnerVersion."""

    payment_term_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    days = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["payment_term_id", "id"], name="version_of_payment_term")]

    def __str__(self) -> str:
        return self.name
