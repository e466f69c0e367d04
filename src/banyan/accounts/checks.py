"""What the fields of customers and accounts must be like. Every problem is noted, under the field's API name."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.accounts import values
from banyan.accounts.choices import Choices
from banyan.accounts.inputs import NewAccount, NewCustomer
from banyan.accounts.models import AccountStatus, CustomerKind, RenderingType
from banyan.accounts.values import Check
from banyan.kernel.money import CURRENCIES, minor_units
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown

CUSTOMER_FIELDS: Mapping[str, Check] = {
    "kind": values.choice(CustomerKind.values, "CUS-1"),
    "first_name": values.text(200, "CUS-1"),
    "last_name": values.text(200, "CUS-1"),
    "company_name": values.text(200, "CUS-1"),
    "number": values.number("CUS-2", 50),
    "external_number": values.number("CUS-2", 100),
    "date_of_birth": values.day("CUS-3"),
    "tax_number": values.text(50, "CUS-4"),
    "tax_id_validated": values.flag("CUS-4"),
    "phones": values.phones,
    "primary_email": values.email("CUS-5"),
    "secondary_emails": values.emails,
    "billing_address": values.address,
    "service_address": values.address,
    "shipping_address": values.address,
    "custom_fields": values.an_object("FLD-1"),
}
"""The fields of a customer as the API names them. An address that is not given is the billing address (CUS-5)."""

ACCOUNT_FIELDS: Mapping[str, Check] = {
    "number": values.number("ACC-1", 50),
    "external_number": values.number("ACC-2", 100),
    "name": values.text(401, "ACC-2"),
    "description": values.text(10_000, "ACC-2", lines=True),
    "status": values.choice(AccountStatus.values, "ACC-3"),
    "currency": values.currency("ACC-4"),
    "invoice_currency": values.currency("ACC-4"),
    "start_date": values.day("ACC-6"),
    "taxable": values.flag("ACC-8"),
    "minimum_invoice_amount": values.amount,
    "preferred_language": values.language,
    "invoice_rendering_type": values.choice(RenderingType.values, "BHI-4"),
    "auto_pay": values.flag("ACC-11"),
    "auto_pay_offset": values.whole_number(-365, 365, "ACC-11"),
    "dunning_enabled": values.flag("ACC-11"),
    "primary_contact": values.contact,
    "billing_address": values.address,
    "shipping_address": values.address,
    "billing_details": values.json("ACC-14"),
    "preferences": values.json_object("ACC-14"),
    "custom_fields": values.an_object("FLD-1"),
    "is_default": values.flag("CUS-6"),
    "is_primary": values.flag("ORG-5"),
}
"""The fields of an account that can be judged by themselves; references and the invoice type need Choices."""

REFERENCES: Mapping[str, str | None] = {
    "bill_cycle": "ACC-5",
    "category": "ACC-7",
    "type": "TYP-1",
    "payment_term": "ACC-11",
    "owner": "OWN-2",
    "organization": "ORG-2",
}


def given(new: NewAccount | NewCustomer) -> dict[str, object]:
    """The values that were given, by field."""
    every = ((field.name, getattr(new, field.name)) for field in fields(new))
    return {name: value for name, value in every if value is not None}


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def check_fields(
    checks: Mapping[str, Check], given_values: Mapping[str, object], problems: Problems, path: str = ""
) -> None:
    """Check by itself each value that was given and has a check."""
    for name, check in checks.items():
        if given_values.get(name) is not None:
            check(f"{path}{name}", given_values[name], problems)


def check_customer(customer: Mapping[str, Any], today: date, problems: Problems) -> None:
    """What a customer's values must be like together (CUS-1, CUS-3, CUS-4, CUS-5)."""
    required: Mapping[str | None, tuple[str, ...]] = {
        CustomerKind.PERSON: ("first_name", "last_name"),
        CustomerKind.COMPANY: ("company_name",),
    }
    kind = customer.get("kind")
    if kind is None:
        problems.add("kind", "required", "Say what the customer is: person or company.", "CUS-1")
    for name in required.get(kind, ()):
        if is_blank(customer.get(name)):
            problems.add(name, "required", f"A {kind} needs a {name.replace('_', ' ')}.", "CUS-1")
    if is_blank(customer.get("primary_email")):
        problems.add("primary_email", "required", "A customer needs a primary e-mail.", "CUS-5")
    _check_birth(customer, today, problems)
    _check_tax_number(customer, problems)


def _check_birth(customer: Mapping[str, Any], today: date, problems: Problems) -> None:
    born = customer.get("date_of_birth")
    if born is None:
        return
    if customer.get("kind") != CustomerKind.PERSON:
        message = "Only a person has a date of birth; leave it out for a company."
        problems.add("date_of_birth", "not_a_person", message, "CUS-3", born)
    if isinstance(born, date) and born >= today:
        message = f"{born} is not in the past; a date of birth is before {today}."
        problems.add("date_of_birth", "not_in_the_past", message, "CUS-3", born)


def _check_tax_number(customer: Mapping[str, Any], problems: Problems) -> None:
    number, address = customer.get("tax_number"), customer.get("billing_address")
    country = address.get("country") if isinstance(address, Mapping) else None
    if not isinstance(number, str) or not isinstance(country, str) or is_blank(number):
        return
    if not values.is_tax_number(number, country):
        message = f"{shown(number)} is not a tax number of {country:.2}."
        problems.add("tax_number", "not_a_tax_number", message, "CUS-4", number)


def check_choices(
    account: Mapping[str, Any], choices: Choices, invoice_types: Collection[str], problems: Problems, path: str = ""
) -> None:
    """What an account's values must be like together with what they refer to (ACC-4 to ACC-11, TYP-2).

    `account` holds the values by field, references as numbers, with defaults filled in; what is missing is required.
    """
    for name, rule in REFERENCES.items():
        number = account.get(name)
        if number is None and name != "type":
            problems.add(f"{path}{name}", "required", f"An account needs a {name.replace('_', ' ')}.", rule)
        elif number is not None and number not in choices.rows(name):
            message = f"There is no such {name.replace('_', ' ')}: {number}."
            problems.add(f"{path}{name}", "unknown", message, rule, number)
    if account.get("currency") is None:
        problems.add(f"{path}currency", "required", "An account needs a currency such as USD.", "ACC-4")
    _check_invoice_currency(account, problems, path)
    chosen = account.get("invoice_type")
    if chosen not in invoice_types:
        message = f"{shown(chosen)} is not on offer; choose one of {', '.join(invoice_types)}."
        problems.add(f"{path}invoice_type", "not_on_offer", message, "ACC-10", chosen)
    account_type = choices.types.get(account.get("type") or 0)
    if account_type is not None and not account_type.active:
        message = f"The account type {account_type.name} is inactive; choose an active one."
        problems.add(f"{path}type", "inactive_type", message, "TYP-2", account_type.name)
    _check_minimum(account, problems, path)
    _check_cycle(account, choices, problems, path)


def _check_invoice_currency(account: Mapping[str, Any], problems: Problems, path: str) -> None:
    currency, invoiced_in = account.get("currency"), account.get("invoice_currency")
    if invoiced_in in CURRENCIES and currency in CURRENCIES and invoiced_in != currency:
        message = f"Invoices are in the account's currency, {currency}; another one is not possible yet. Leave it out."
        problems.add(f"{path}invoice_currency", "other_currency", message, "ACC-4", invoiced_in)


def _check_minimum(account: Mapping[str, Any], problems: Problems, path: str) -> None:
    minimum, currency = account.get("minimum_invoice_amount"), account.get("currency")
    if isinstance(minimum, Decimal) and minimum.is_finite() and currency in CURRENCIES:
        decimals = minor_units(str(currency))
        if minimum != round(minimum, decimals):
            message = f"{minimum} has more decimals than {currency}, which has {decimals}."
            problems.add(f"{path}minimum_invoice_amount", "too_many_decimals", message, "ACC-9", str(minimum))


def _check_cycle(account: Mapping[str, Any], choices: Choices, problems: Problems, path: str) -> None:
    cycle = choices.bill_cycles.get(account.get("bill_cycle") or 0)
    if cycle is None:
        return
    currency, start = account.get("currency"), account.get("start_date")
    if cycle.currency is not None and currency in CURRENCIES and cycle.currency != currency:
        message = f"The bill cycle {cycle.name} is for {cycle.currency}; choose one for {currency} or for any currency."
        problems.add(f"{path}bill_cycle", "other_currency", message, "ACC-5", cycle.name)
    if isinstance(start, date) and start < cycle.start_date:
        message = f"{start} is before {cycle.start_date}, when the bill cycle {cycle.name} starts."
        problems.add(f"{path}start_date", "before_the_bill_cycle", message, "ACC-6", start)
