"""From checked values to rows that are not saved yet."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from banyan.accounts.checks import REFERENCES, given, is_blank
from banyan.accounts.choices import Choices
from banyan.accounts.inputs import NewAccount, NewCustomer
from banyan.accounts.models import Account, AccountStatus, Customer, CustomerKind, InvoiceType, RenderingType
from banyan.accounts.today import Days
from banyan.foundation.settings_registry import Settings
from banyan.kernel.money import CURRENCIES


def customer_name(customer: Customer) -> str:
    """CUS-1: the name that the database will derive."""
    if customer.kind == CustomerKind.PERSON:
        return f"{customer.first_name} {customer.last_name}".strip(" ")
    return str(customer.company_name)


def without_blanks(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The parts of an address that are given; None when there are none: then another address holds (ACC-13, CUS-5)."""
    return {key: part for key, part in (value or {}).items() if not is_blank(part)} or None


def account_values(new: NewAccount, choices: Choices, settings: Settings) -> dict[str, Any]:
    """The values of a new account by API field, with defaults for what is not given (ACC-3 to ACC-11)."""
    preselected = {name: choices.preselected.get(name) for name in REFERENCES if getattr(new, name) is None}
    values: dict[str, Any] = {
        "invoice_currency": new.currency if new.currency in CURRENCIES else None,
        "status": AccountStatus.ACTIVE,
        "taxable": True,
        "minimum_invoice_amount": Decimal(0),
        "invoice_type": _default_invoice_type(settings.overall_invoice_distribution),
        "invoice_rendering_type": RenderingType.AGGREGATED,
        "auto_pay": False,
        "auto_pay_offset": 0,
        "dunning_enabled": False,
        "preferences": {},
        **preselected,
        **given(new),
    }
    owner = choices.owners.get(values["owner"])
    values.setdefault("start_date", choices.days.of(owner.pk if owner else None))
    values.setdefault("preferred_language", owner.language if owner else "en")
    return values


def _default_invoice_type(offered: Iterable[str]) -> str:
    """E-mail where it is on offer: every customer has a primary e-mail (ACC-10)."""
    on_offer = list(offered)
    return InvoiceType.EMAIL if InvoiceType.EMAIL in on_offer else on_offer[0]


def unsaved_account(values: Mapping[str, Any], customer: Customer, days: Days) -> Account:
    """An account of the customer with the checked values, still without a number if that is to be generated."""
    contact = without_blanks(values.get("primary_contact")) or {}
    opened_on = max(days.of(values["owner"]), values["start_date"])
    return Account(
        customer=customer,
        owner_id=values["owner"],
        organization_id=values["organization"],
        number=values.get("number", ""),
        external_number=_or_none(values.get("external_number")),
        name=_or_none(values.get("name")) or customer_name(customer),
        description=values.get("description", ""),
        status=values["status"],
        status_date=None if values["status"] == AccountStatus.ACTIVE else opened_on,
        inactive_since=opened_on if values["status"] == AccountStatus.INACTIVE else None,
        currency=values["currency"],
        invoice_currency=values["invoice_currency"],
        bill_cycle_id=values["bill_cycle"],
        start_date=values["start_date"],
        category_id=values["category"],
        type_id=values["type"],
        taxable=values["taxable"],
        minimum_invoice_amount=values["minimum_invoice_amount"],
        preferred_language=values["preferred_language"],
        invoice_type=values["invoice_type"],
        invoice_rendering_type=values["invoice_rendering_type"],
        payment_term_id=values["payment_term"],
        auto_pay=values["auto_pay"],
        auto_pay_offset=values["auto_pay_offset"],
        dunning_enabled=values["dunning_enabled"],
        contact_name=contact.get("name"),
        contact_email=contact.get("email") or customer.primary_email,
        contact_phone=contact.get("phone"),
        billing_address=without_blanks(values.get("billing_address")),
        shipping_address=without_blanks(values.get("shipping_address")),
        billing_details=values.get("billing_details"),
        preferences=values["preferences"],
        is_default=values.get("is_default", False),
        is_primary=values.get("is_primary", False),
    )


def unsaved_customer(new: NewCustomer) -> Customer:
    """The customer as given, checked or not, still without a number if that is to be generated."""
    return Customer(
        kind=new.kind or "",
        first_name=_or_none(new.first_name),
        last_name=_or_none(new.last_name),
        company_name=_or_none(new.company_name),
        number=new.number or "",
        external_number=_or_none(new.external_number),
        date_of_birth=new.date_of_birth,
        tax_number=_or_none(new.tax_number),
        tax_id_validated=new.tax_id_validated or False,
        phones=new.phones or [],
        primary_email=new.primary_email or "",
        secondary_emails=new.secondary_emails or [],
    )


def _or_none(text: str | None) -> str | None:
    return None if is_blank(text) else text
