"""From checked values to rows that are not saved yet."""

from collections.abc import Iterable, Mapping
from typing import Any

from banyan.accounts.choices import Choices
from banyan.accounts.fields import ACCOUNT, CUSTOMER
from banyan.accounts.models import Account, AccountStatus, Customer, CustomerKind, InvoiceType
from banyan.accounts.today import Days
from banyan.foundation.declared.fields import Values
from banyan.foundation.settings_registry import Settings
from banyan.kernel.money import CURRENCIES


def customer_name(customer: Customer) -> str:
    """CUS-1: the name that the database will derive."""
    if customer.kind == CustomerKind.PERSON:
        return f"{customer.first_name} {customer.last_name}".strip(" ")
    return str(customer.company_name)


def account_values(new: Values, wrong: Iterable[str], choices: Choices, settings: Settings) -> dict[str, Any]:
    """The values of a new account by field, with defaults for what is not given (ACC-3 to ACC-11).

    What is `wrong` already is None: it was given, and is not what it would be by default.
    """
    values: dict[str, Any] = {
        **ACCOUNT.defaults(),
        "invoice_currency": new["currency"] if new.get("currency") in CURRENCIES else None,
        "invoice_type": _default_invoice_type(settings.overall_invoice_distribution),
        **choices.preselected,
        **{name: value for name, value in new.items() if value is not None},
        **dict.fromkeys(wrong),
    }
    owner = choices.owners.get(values.get("owner") or 0)
    by_owner: dict[str, Any] = {"start_date": choices.days.of(owner.pk if owner else None)}
    by_owner["preferred_language"] = owner.language if owner else "en"
    return {**by_owner, **values}


def _default_invoice_type(offered: Iterable[str]) -> str:
    """E-mail where it is on offer: every customer has a primary e-mail (ACC-10)."""
    on_offer = list(offered)
    return InvoiceType.EMAIL if InvoiceType.EMAIL in on_offer else on_offer[0]


def unsaved_account(values: Mapping[str, Any], customer: Customer, days: Days) -> Account:
    """An account of the customer with the checked values, still without a number if that is to be generated."""
    account = Account(**ACCOUNT.columns({name: value for name, value in values.items() if name != "customer"}))
    account.customer = customer
    account.number = account.number or ""
    account.name = account.name or customer_name(customer)
    account.contact_email = account.contact_email or customer.primary_email
    opened_on = max(days.of(values["owner"]), values["start_date"])
    account.status_date = None if account.status == AccountStatus.ACTIVE else opened_on
    account.inactive_since = opened_on if account.status == AccountStatus.INACTIVE else None
    return account


def unsaved_customer(new: Values) -> Customer:
    """The customer as given, checked or not, still without a number if that is to be generated."""
    customer = Customer(**CUSTOMER.columns({name: value for name, value in new.items() if name in CUSTOMER.fields}))
    customer.number = customer.number or ""
    return customer
