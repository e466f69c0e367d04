"""What the values of customers and accounts must be like together. Every problem is noted, under the field's API name.

What a value must be like by itself follows from its declaration (accounts.fields). Nothing is said of a field that
something is wrong with already.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.accounts.choices import Choices
from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import CustomerKind
from banyan.foundation.declared.checks import is_blank, is_tax_number
from banyan.kernel.money import CURRENCIES, minor_units
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown

_NAMES: Mapping[str | None, tuple[str, ...]] = {
    CustomerKind.PERSON: ("first_name", "last_name"),
    CustomerKind.COMPANY: ("company_name",),
}


def check_customer(customer: Mapping[str, Any], today: date, problems: Problems) -> None:
    """What a customer's values must be like together (CUS-1, CUS-3, CUS-4)."""
    kind = customer.get("kind")
    for name in _NAMES.get(kind, ()):
        if is_blank(customer.get(name)) and not problems.about(name):
            problems.add(name, "required", f"A {kind} needs a {name.replace('_', ' ')}.", "CUS-1")
    _check_birth(customer, today, problems)
    _check_tax_number(customer, problems)


def _check_birth(customer: Mapping[str, Any], today: date, problems: Problems) -> None:
    born = customer.get("date_of_birth")
    if born is None:
        return
    if customer.get("kind") == CustomerKind.COMPANY:
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
    if not is_tax_number(number, country):
        message = f"{shown(number)} is not a tax number of {country:.2}."
        problems.add("tax_number", "not_a_tax_number", message, "CUS-4", number)


def check_choices(
    account: Mapping[str, Any], choices: Choices, invoice_types: Collection[str], problems: Problems, path: str = ""
) -> None:
    """What an account's values must be like together with what they refer to (ACC-4 to ACC-11, TYP-2).

    `account` holds the values by field, references as numbers, with defaults filled in; what is missing is required.
    """
    for name, field in ACCOUNT.references.items():
        number, noun = account.get(name), field.label.lower()
        if name == "customer" or problems.about(f"{path}{name}"):
            continue
        if number is None and name != "type":
            problems.add(f"{path}{name}", "required", f"An account needs a {noun}.", field.rule)
        elif number is not None and number not in choices.rows(name):
            problems.add(f"{path}{name}", "unknown", f"There is no such {noun}: {number}.", field.rule, number)
    if account.get("currency") is None and not problems.about(f"{path}currency"):
        problems.add(f"{path}currency", "required", "An account needs a currency such as USD.", "ACC-4")
    _check_invoice_currency(account, problems, path)
    _check_invoice_type(account, invoice_types, problems, path)
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


def _check_invoice_type(
    account: Mapping[str, Any], invoice_types: Collection[str], problems: Problems, path: str
) -> None:
    chosen = account.get("invoice_type")
    if chosen not in invoice_types and not problems.about(f"{path}invoice_type"):
        message = f"{shown(chosen)} is not on offer; choose one of {', '.join(invoice_types)}."
        problems.add(f"{path}invoice_type", "not_on_offer", message, "ACC-10", chosen)


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
