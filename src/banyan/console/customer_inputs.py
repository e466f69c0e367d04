"""The inputs of customers and accounts, as the settings allow (CON-4): those of their declarations, and what is special
about some of them."""

from typing import Any

from django import forms
from django.db.models import Model

from banyan.accounts.fields import ACCOUNT, ACCOUNT_ITSELF, CUSTOM, CUSTOMER, WHO
from banyan.accounts.models import (
    Account,
    Customer,
    CustomerKind,
    CustomField,
    CustomFieldType,
    CustomSubject,
    InvoiceType,
)
from banyan.accounts.queries import custom_fields
from banyan.console.choices import NONE, countries, currencies
from banyan.console.declared import Filling, inputs_of, look_of
from banyan.console.fields import DayField, DecimalText, YesNoField, reason_field
from banyan.console.row_fields import RowField
from banyan.console.sections import Input, Look, When, address_inputs
from banyan.console.widgets import SelectWithMarks
from banyan.foundation.declared.fields import Declaration
from banyan.foundation.settings_registry import Settings

OFF: Look = {"choosable": True}
HIDDEN: Look = {"choosable": True, "at_first": False}
_OF_A_KIND = {
    CustomerKind.PERSON: ("first_name", "last_name", "date_of_birth"),
    CustomerKind.COMPANY: ("company_name",),
}


def customer_inputs(settings: Settings, is_new: bool) -> dict[str, Input]:
    """The fields of a customer."""
    found = inputs_of(CUSTOMER, Filling(is_new))
    found["kind"].field.widget = forms.RadioSelect(choices=CustomerKind.choices)
    for kind, names in _OF_A_KIND.items():
        when: When = {"shown_when": f"kind={kind}"}
        for name in names:
            field: Any = found[name].field
            field.is_marked, field.help_text = name.endswith("_name"), ""
            found[name] = Input(field, WHO, **look_of(CUSTOMER.fields[name]), **when)
    if is_new and settings.enable_customer_hierarchies:
        parent = Input(_searched(Customer, "Parent customer", "/look-up/customers"), WHO, **HIDDEN)
        found = _before("billing_address.line1", found, {"parent": parent})
    for name in ("service_address", "shipping_address"):
        found |= _with_same(CUSTOMER, name, "Same as the billing address")
    return found | _custom_inputs(CustomSubject.CUSTOMER)


def account_inputs(settings: Settings, is_new: bool, prefix: str = "", currency: str | None = None) -> dict[str, Input]:
    """The fields of an account; with `account.` before each where a customer comes with them. `currency` is what the
    account has, None before it is opened: invoices are in no other (ACC-4)."""
    without = {"customer"}
    if prefix:
        without.add("is_default")  # the first account of a customer is
    if is_new or not settings.enable_responsible_account_management:
        without.add("invoice_rendering_type")
    found = inputs_of(ACCOUNT, Filling(is_new, currency), without)
    cycles: Any = found["bill_cycle"].field
    cycles.widget = SelectWithMarks(attrs={"data-fits": f"{prefix}currency"}, choices=cycles.choices)
    cycles.widget.marks = {str(each.pk): each.currency for each in cycles.rows if each.currency}
    number: Any = found["number"].field
    number.proposes = "/accounts/number"
    offered: Any = found["invoice_type"].field
    offered.choices = [each for each in InvoiceType.choices if each[0] in settings.overall_invoice_distribution]
    invoiced_in: Any = found["invoice_currency"].field
    invoiced_in.choices = [("", "As the account"), *(each for each in currencies() if each[0] == currency)]
    invoiced_in.required = False
    if is_new:
        found["status"] = Input(found["status"].field, ACCOUNT_ITSELF, **HIDDEN)
        found = _before("invoice_type", found, _placing_inputs(settings, prefix))
    else:
        found = _before("start_date", found, _reason_input())
    for name in ("billing_address", "shipping_address"):
        found |= _with_same(ACCOUNT, name, "Same as the customer's", " of the account" if prefix else "")
    found |= _custom_inputs(CustomSubject.ACCOUNT)
    return {f"{prefix}{name}": each for name, each in found.items()}


def _before(name: str, inputs: dict[str, Input], more: dict[str, Input]) -> dict[str, Input]:
    """More inputs, in front of the one of that name."""
    place = list(inputs).index(name)
    ordered = list(inputs.items())
    return dict([*ordered[:place], *more.items(), *ordered[place:]])


def _with_same(declaration: Declaration, name: str, same: str, whose: str = "") -> dict[str, Input]:
    """The inputs of an address for which another one may stand."""
    field = declaration.fields[name]
    return address_inputs(name, f"{field.about.section}{whose}", countries(), same, **look_of(field))


def _reason_input() -> dict[str, Input]:
    says = "Kept with the status when that is changed."
    field = reason_field(label="Reason for another status", help_text=says)
    return {"status_reason": Input(field, ACCOUNT_ITSELF, **OFF)}


def _placing_inputs(settings: Settings, prefix: str) -> dict[str, Input]:
    found = {}
    with_fields = f"{prefix}currency {prefix}bill_cycle {prefix}owner"
    if settings.enable_responsible_account_management:
        says = "It is invoiced for the charges of this account."
        address = "/look-up/new-account/responsible"
        field = _searched(Account, "Responsible account", address, with_fields, says)
        found["responsible_account"] = Input(field, ACCOUNT_ITSELF, **OFF)
    if settings.enable_account_hierarchy_management:
        says = "For reporting and shared usage allowances."
        field = _searched(Account, "Parent account", "/look-up/new-account/parent", with_fields, says)
        found["parent"] = Input(field, ACCOUNT_ITSELF, **OFF)
    return found


def _custom_inputs(subject: CustomSubject) -> dict[str, Input]:
    """FLD-2: the tenant's own fields."""
    rows = custom_fields().filter(subject=subject, active=True).order_by("label")
    return {
        f"custom_fields.{row.key}": Input(_custom(row), CUSTOM, choosable=not row.required, group="") for row in rows
    }


def required_custom_fields() -> dict[str, forms.Field]:
    """FLD-1: what a new customer and, after `account.`, its account can't do without."""
    prefixes = {CustomSubject.CUSTOMER.value: "", CustomSubject.ACCOUNT.value: "account."}
    rows = custom_fields().filter(active=True, required=True).order_by("label")
    return {f"{prefixes[row.subject]}custom_fields.{row.key}": _custom(row) for row in rows}


def _custom(row: CustomField) -> forms.Field:
    if row.type == CustomFieldType.NUMBER:
        return DecimalText(label=row.label, required=row.required, widget=forms.NumberInput)
    if row.type == CustomFieldType.DATE:
        return DayField(label=row.label, required=row.required)
    if row.type == CustomFieldType.YES_NO:
        return YesNoField(label=row.label, required=row.required)
    if row.type == CustomFieldType.CHOICE:
        choices = [NONE, *((each, each) for each in row.options)]
        return forms.ChoiceField(label=row.label, choices=choices, required=row.required)
    return forms.CharField(label=row.label, max_length=1000, required=row.required)


def _searched(model: type[Model], label: str, address: str, sent_with: str = "", help_text: str = "") -> RowField:
    return RowField(model, address, sent_with, label=label, required=False, help_text=help_text)
