"""Billing accounts."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from banyan.api.bodies import Body
from banyan.api.fields import (
    AccountCategoryId,
    AccountId,
    AccountTypeId,
    Answer,
    BillCycleId,
    CurrencyCode,
    CustomerId,
    Day,
    DecimalIn,
    DecimalOut,
    Json,
    OrganizationId,
    OwnerId,
    PaymentTermId,
    choice,
    not_named,
    text,
)
from banyan.api.schemas.addresses import Address, AddressAnswer

Status = Annotated[str, choice("active", "suspended", "pending_collection", "inactive")]
InvoiceType = Annotated[str, choice("email", "none", "paper", "paper_and_email")]
Rendering = Annotated[str, choice("aggregated", "per_account")]


class PrimaryContact(Body):
    """ACC-12. The e-mail is the customer's primary one when not given."""

    name: Annotated[str, text(200)] | None = None
    email: Annotated[str, text(254)] | None = None
    phone: Annotated[str, text(50)] | None = None


class PrimaryContactAnswer(Answer):
    """ACC-12."""

    name: str | None
    email: str
    phone: str | None


class NewAccountFields(Body):
    """An account but for whose it is; what is not given or null gets its default. The action says what is required."""

    model_config = ConfigDict(json_schema_extra={"required": ["currency", "bill_cycle"]})

    currency: CurrencyCode = not_named()
    bill_cycle: BillCycleId = not_named()
    number: Annotated[str, text(1000)] | None = None
    external_number: Annotated[str, text(100)] | None = None
    name: Annotated[str, text(401)] | None = None
    description: Annotated[str, text(2000)] | None = None
    owner: OwnerId | None = None
    organization: OrganizationId | None = None
    type: AccountTypeId | None = None
    category: AccountCategoryId | None = None
    status: Status | None = None
    start_date: Day | None = None
    taxable: bool | None = None
    invoice_currency: CurrencyCode | None = None
    minimum_invoice_amount: DecimalIn | None = None
    preferred_language: Annotated[str, text(20)] | None = None
    invoice_type: InvoiceType | None = None
    invoice_rendering_type: Rendering | None = None
    payment_term: PaymentTermId | None = None
    auto_pay: bool | None = None
    auto_pay_offset: int | None = Field(None, ge=-(10**6), le=10**6)
    dunning_enabled: bool | None = None
    primary_contact: PrimaryContact | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    billing_details: Json = None
    preferences: Json = None
    custom_fields: Json = None
    is_default: bool | None = None
    is_primary: bool | None = None
    parent: AccountId | None = None
    responsible_account: AccountId | None = None


class NewAccount(NewAccountFields):
    """Another account of a customer (CUS-7)."""

    model_config = ConfigDict(json_schema_extra={"required": ["customer", "currency", "bill_cycle"]})

    customer: CustomerId = not_named()


class AccountChanges(Body):
    """Only what is named changes. Status takes a date (default today) and a reason (ACC-3)."""

    number: Annotated[str, text(200)] = not_named()
    external_number: Annotated[str, text(100)] | None = None
    name: Annotated[str, text(401)] = not_named()
    description: Annotated[str, text(2000)] = not_named()
    currency: CurrencyCode = not_named()
    bill_cycle: BillCycleId = not_named()
    owner: OwnerId = not_named()
    organization: OrganizationId = not_named()
    type: AccountTypeId | None = None
    category: AccountCategoryId = not_named()
    status: Status = not_named()
    status_date: Day | None = None
    status_reason: Annotated[str, text(2000)] = not_named()
    start_date: Day = not_named()
    taxable: bool = not_named()
    invoice_currency: CurrencyCode = not_named()
    minimum_invoice_amount: DecimalIn = not_named()
    preferred_language: Annotated[str, text(20)] = not_named()
    invoice_type: InvoiceType = not_named()
    invoice_rendering_type: Rendering = not_named()
    payment_term: PaymentTermId = not_named()
    auto_pay: bool = not_named()
    auto_pay_offset: int = not_named(ge=-(10**6), le=10**6)
    dunning_enabled: bool = not_named()
    primary_contact: PrimaryContact = not_named()
    billing_address: Address | None = None
    shipping_address: Address | None = None
    billing_details: Json = None
    preferences: Json = None
    custom_fields: Json = None
    is_default: bool = not_named()
    is_primary: bool = not_named()


class AccountAnswer(Answer):
    """A billing account with its role and relations on the day that was asked for."""

    id: str
    customer: str
    number: str
    external_number: str | None
    name: str
    description: str
    owner: str
    organization: str
    type: str | None
    category: str
    status: str
    status_reason: str
    status_date: date | None
    inactive_since: date | None
    start_date: date
    currency: str
    invoice_currency: str
    bill_cycle: str
    taxable: bool
    minimum_invoice_amount: DecimalOut
    preferred_language: str
    invoice_type: str
    invoice_rendering_type: str
    payment_term: str
    auto_pay: bool
    auto_pay_offset: int
    dunning_enabled: bool
    primary_contact: PrimaryContactAnswer
    billing_address: AddressAnswer | None
    shipping_address: AddressAnswer | None
    billing_details: JsonValue
    preferences: dict[str, JsonValue]
    custom_fields: dict[str, JsonValue]
    is_default: bool
    is_primary: bool
    parent: str | None
    responsible_account: str | None
    role: str | None
    next_invoice_date: date | None
    balance: DecimalOut
    created_at: datetime


class AccountNumber(Answer):
    """ACC-1: a number that is free."""

    number: str


class Balance(Answer):
    """LED-2: what the account owes at the end of a day, in its own currency and in all that it has entries in."""

    account: str
    on: date
    currency: str
    balance: DecimalOut
    balance_by_currency: dict[str, DecimalOut]


class LedgerEntryAnswer(Answer):
    """LED-1: one movement of what the account owes, debit (more) or credit (less), the posting's other side, and the
    balance: what it owed in this currency after this movement and all that were posted before it.
    """

    id: str
    posted_on: date
    source_kind: str
    source: str
    currency: str
    debit: DecimalOut
    credit: DecimalOut
    other_kind: str
    other_account: str | None
    balance: DecimalOut


class ManagedAccountAnswer(AccountAnswer):
    """An account that another one is invoiced for; `account` is its id, as in every list of related accounts."""

    account: str
