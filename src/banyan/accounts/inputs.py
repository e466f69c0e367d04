"""What a client gives to open a customer or an account. None is "not given": the actions fill in what has a default.

References are row numbers. Addresses are objects with any of line1 line2 city state postal_code country; a primary
contact is an object with any of name email phone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """ACC-*: an account to open; `customer` is None only inside a NewCustomer."""

    currency: str | None = None
    bill_cycle: int | None = None
    customer: int | None = None
    number: str | None = None
    external_number: str | None = None
    name: str | None = None
    description: str | None = None
    owner: int | None = None
    organization: int | None = None
    type: int | None = None
    category: int | None = None
    status: str | None = None
    start_date: date | None = None
    taxable: bool | None = None
    invoice_currency: str | None = None
    minimum_invoice_amount: Decimal | None = None
    preferred_language: str | None = None
    invoice_type: str | None = None
    invoice_rendering_type: str | None = None
    payment_term: int | None = None
    auto_pay: bool | None = None
    auto_pay_offset: int | None = None
    dunning_enabled: bool | None = None
    primary_contact: Mapping[str, object] | None = None
    billing_address: Mapping[str, object] | None = None
    shipping_address: Mapping[str, object] | None = None
    billing_details: object = None
    preferences: object = None
    custom_fields: object = None
    is_default: bool | None = None
    is_primary: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """CUS-*: a customer to create with its first account (CUS-6)."""

    account: NewAccount
    kind: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    number: str | None = None
    external_number: str | None = None
    date_of_birth: date | None = None
    tax_number: str | None = None
    tax_id_validated: bool | None = None
    phones: Sequence[Mapping[str, object]] | None = None
    primary_email: str | None = None
    secondary_emails: Sequence[str] | None = None
    billing_address: Mapping[str, object] | None = None
    service_address: Mapping[str, object] | None = None
    shipping_address: Mapping[str, object] | None = None
    custom_fields: object = None
