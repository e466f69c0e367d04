"""Billing accounts."""

from datetime import date, datetime
from typing import Any

from pydantic import Field, JsonValue

from banyan.api.fields import (
    AccountCategoryId,
    AccountId,
    AccountTypeId,
    Answer,
    BillCycleId,
    Body,
    CurrencyCode,
    CustomerId,
    Day,
    DecimalIn,
    DecimalOut,
    OrganizationId,
    OwnerId,
    PaymentTermId,
    choice,
    text,
    unchanged,
)
from banyan.api.schemas.addresses import Address, AddressAnswer

Status = choice("active", "suspended", "pending_collection", "inactive")
InvoiceType = choice("email", "none", "paper", "paper_and_email")
Rendering = choice("aggregated", "per_account")


class PrimaryContact(Body):
    """ACC-12. The e-mail is the customer's primary one when not given."""

    name: text(200) | None = None
    email: text(254) | None = None
    phone: text(50) | None = None


class PrimaryContactAnswer(Answer):
    """ACC-12."""

    name: str | None
    email: str
    phone: str | None


class NewAccountFields(Body):
    """An account but for whose it is; what is not given or null gets its default."""

    currency: CurrencyCode
    bill_cycle: BillCycleId
    number: text(200) | None = None
    external_number: text(100) | None = None
    name: text(401) | None = None
    description: text(2000) | None = None
    owner: OwnerId | None = None
    organization: OrganizationId | None = None
    type: AccountTypeId | None = None
    category: AccountCategoryId | None = None
    status: Status | None = None
    start_date: Day | None = None
    taxable: bool | None = None
    invoice_currency: CurrencyCode | None = None
    minimum_invoice_amount: DecimalIn | None = None
    preferred_language: text(20) | None = None
    invoice_type: InvoiceType | None = None
    invoice_rendering_type: Rendering | None = None
    payment_term: PaymentTermId | None = None
    auto_pay: bool | None = None
    auto_pay_offset: int | None = Field(None, ge=-3650, le=3650)
    dunning_enabled: bool | None = None
    primary_contact: PrimaryContact | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    billing_details: JsonValue = None
    preferences: JsonValue = None
    custom_fields: JsonValue = None
    is_default: bool | None = None
    is_primary: bool | None = None
    parent: AccountId | None = None
    responsible_account: AccountId | None = None


class NewAccount(NewAccountFields):
    """Another account of a customer (CUS-7)."""

    customer: CustomerId


class AccountChanges(Body):
    """Only what is named changes. Status takes a date (default today) and a reason (ACC-3)."""

    number: text(200) = unchanged()
    external_number: text(100) | None = None
    name: text(401) = unchanged()
    description: text(2000) = unchanged()
    currency: CurrencyCode = unchanged()
    bill_cycle: BillCycleId = unchanged()
    owner: OwnerId = unchanged()
    organization: OrganizationId = unchanged()
    type: AccountTypeId | None = None
    category: AccountCategoryId = unchanged()
    status: Status = unchanged()
    status_date: Day | None = None
    status_reason: text(2000) = unchanged()
    start_date: Day = unchanged()
    taxable: bool = unchanged()
    invoice_currency: CurrencyCode = unchanged()
    minimum_invoice_amount: DecimalIn = unchanged()
    preferred_language: text(20) = unchanged()
    invoice_type: InvoiceType = unchanged()
    invoice_rendering_type: Rendering = unchanged()
    payment_term: PaymentTermId = unchanged()
    auto_pay: bool = unchanged()
    auto_pay_offset: int = unchanged(ge=-3650, le=3650)
    dunning_enabled: bool = unchanged()
    primary_contact: PrimaryContact = unchanged()
    billing_address: Address | None = None
    shipping_address: Address | None = None
    billing_details: JsonValue = None
    preferences: JsonValue = None
    custom_fields: JsonValue = None
    is_default: bool = unchanged()
    is_primary: bool = unchanged()


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
    """LED-1: one side of a posting, as the account sees it."""

    id: str
    posted_on: date
    side: str
    kind: str
    currency: str
    amount: DecimalOut
    source_kind: str
    source: str


class HistoryEntryAnswer(Answer):
    """ACC-16: who changed what, and when; `changes` maps a field to its old and new value."""

    at: datetime
    actor: str
    action: str
    changes: dict[str, list[Any]]


class ManagedAccountAnswer(Answer):
    """An account that another one is invoiced for."""

    account: str
    number: str
    name: str
    status: str
    balance: DecimalOut
    currency: str
