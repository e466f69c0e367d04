"""The inputs of customers and accounts: every field of them, as the settings allow (CON-4)."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Model

from banyan.accounts.models import (
    Account,
    AccountStatus,
    Customer,
    CustomerKind,
    CustomField,
    CustomFieldType,
    CustomSubject,
    InvoiceType,
    RenderingType,
)
from banyan.accounts.queries import (
    account_categories,
    account_types,
    bill_cycles,
    custom_fields,
    owners,
    payment_terms,
)
from banyan.console.choices import countries, currencies, languages
from banyan.console.fields import AmountField, DayField, DecimalText, YesNoField, reason_field
from banyan.console.forms import JsonField
from banyan.console.row_fields import RowField
from banyan.console.sections import Input, Look, When, address_inputs
from banyan.console.widgets import EmailsField, PhonesField, SelectWithMarks
from banyan.foundation.settings_registry import Settings
from banyan.organizations.queries import organizations

CUSTOMER, ADDRESSES = "Customer", "Addresses"
ACCOUNT, INVOICING, PAYMENT = "Billing account", "Invoicing", "Payment"
CONTACT, DETAILS, CUSTOM = "Primary contact", "Additional details", "Custom fields"
OFF: Look = {"choosable": True}
HIDDEN: Look = {"choosable": True, "at_first": False}


def customer_inputs(settings: Settings, is_new: bool) -> dict[str, Input]:
    """The fields of a customer."""
    person: When = {"shown_when": "kind=person"}
    company: When = {"shown_when": "kind=company"}
    found = {
        "kind": Input(_choice("The customer is a", CustomerKind.choices, radio=True), CUSTOMER),
        "company_name": Input(_text("Company name", 200, marked=True), CUSTOMER, **company),
        "first_name": Input(_text("First name", 200, marked=True), CUSTOMER, **person),
        "last_name": Input(_text("Last name", 200, marked=True), CUSTOMER, **person),
        "primary_email": Input(forms.CharField(label="Primary e-mail", max_length=254, widget=_email()), CUSTOMER),
        "number": Input(_number("Customer number", is_new), CUSTOMER, **OFF),
        "external_number": Input(_text("External customer number", 100), CUSTOMER, **OFF),
        "date_of_birth": Input(DayField(label="Date of birth", required=False), CUSTOMER, **HIDDEN, **person),
        "tax_number": Input(_text("Tax number (TIN or VAT ID)", 50), CUSTOMER, **OFF),
        "tax_id_validated": Input(_tick("Tax ID validated: a business for VAT"), CUSTOMER, **HIDDEN),
        "secondary_emails": Input(
            EmailsField(label="Secondary e-mails", required=False, help_text="One a line."), CUSTOMER, **HIDDEN
        ),
        "phones": Input(PhonesField(label="Phones", required=False), CUSTOMER, **OFF),
    }
    if is_new and settings.enable_customer_hierarchies:
        found["parent"] = Input(_searched(Customer, "Parent customer", "/look-up/customers"), CUSTOMER, **HIDDEN)
    for name, heading, look in (
        ("billing_address", "Billing address", OFF),
        ("service_address", "Service address", HIDDEN),
        ("shipping_address", "Shipping address", HIDDEN),
    ):
        same = "" if name == "billing_address" else "Same as the billing address"
        found |= address_inputs(name, heading, countries(), same, **look)
    return found | _custom_inputs(CustomSubject.CUSTOMER)


def account_inputs(settings: Settings, is_new: bool, prefix: str = "", currency: str | None = None) -> dict[str, Input]:
    """The fields of an account; with `account.` before each where a customer comes with them. `currency` is what the
    account has, None before it is opened: invoices are in no other (ACC-4)."""
    cycles = list(bill_cycles().order_by("name"))
    select = SelectWithMarks(attrs={"data-fits": f"{prefix}currency"})
    select.marks = {str(each.pk): each.currency for each in cycles if each.currency}
    cycle = _row("Bill cycle", cycles, required=True, widget=select)
    found = {
        "name": Input(_text("Account name", 401, help_text="The customer's when left blank."), ACCOUNT, **OFF),
        "number": Input(_number("Account number", is_new), ACCOUNT, **OFF),
        "external_number": Input(_text("External account number", 100), ACCOUNT, **HIDDEN),
        "currency": Input(_choice("Currency", [("", "–"), *currencies()], searchable=True), ACCOUNT),
        "bill_cycle": Input(cycle, ACCOUNT),
        "status": Input(_choice("Status", AccountStatus.choices), ACCOUNT, **(HIDDEN if is_new else OFF)),
        **({} if is_new else _reason_input()),
        "start_date": Input(DayField(label="Account start date"), ACCOUNT),
        "organization": Input(_row("Organization", organizations().order_by("name"), required=True), ACCOUNT),
        "type": Input(_row("Account type", account_types(), blank="Unassigned"), ACCOUNT, **OFF),
        "category": Input(_row("Account category", account_categories().order_by("name"), required=True), ACCOUNT),
        "owner": Input(_row("Owner", owners().order_by("legal_name"), required=True), ACCOUNT, **OFF),
        "description": Input(_long("Description", 2000), ACCOUNT, **HIDDEN),
        "taxable": Input(_tick("Taxable"), ACCOUNT, **OFF),
        "is_primary": Input(_tick("Primary account of its organization"), ACCOUNT, **HIDDEN),
    }
    number: Any = found["number"].field
    number.proposes = "/accounts/number"
    if not prefix:
        found["is_default"] = Input(_tick("Default account of the customer"), ACCOUNT, **OFF)
    found |= _placing_inputs(settings, prefix) if is_new else {}
    found |= _invoicing_inputs(settings, is_new, currency) | _payment_inputs()
    found |= {
        "primary_contact.name": Input(_text("Name", 200), CONTACT, group="primary_contact", **HIDDEN),
        "primary_contact.email": Input(
            forms.CharField(
                label="E-mail",
                max_length=254,
                required=False,
                widget=_email(),
                help_text="The customer's primary e-mail when left blank.",
            ),
            CONTACT,
            group="primary_contact",
            **HIDDEN,
        ),
        "primary_contact.phone": Input(_text("Phone", 50), CONTACT, group="primary_contact", **HIDDEN),
    }
    for name, heading in (("billing_address", "Billing address"), ("shipping_address", "Shipping address")):
        heading = f"{heading} of the account" if prefix else heading
        found |= address_inputs(name, heading, countries(), "Same as the customer's", **HIDDEN)
    found |= {
        "billing_details": Input(JsonField(label="Billing details", required=False), DETAILS, **HIDDEN),
        "preferences": Input(
            JsonField(label="Preferences (JSON)", required=False, must_be_object=True), DETAILS, **HIDDEN
        ),
    }
    found |= _custom_inputs(CustomSubject.ACCOUNT)
    return {f"{prefix}{name}": each for name, each in found.items()}


def _reason_input() -> dict[str, Input]:
    says = "Kept with the status when that is changed."
    return {"status_reason": Input(reason_field(label="Reason for another status", help_text=says), ACCOUNT, **OFF)}


def _placing_inputs(settings: Settings, prefix: str) -> dict[str, Input]:
    found = {}
    with_fields = f"{prefix}currency {prefix}bill_cycle {prefix}owner"
    if settings.enable_responsible_account_management:
        says = "It is invoiced for the charges of this account."
        address = "/look-up/new-account/responsible"
        field = _searched(Account, "Responsible account", address, with_fields, says)
        found["responsible_account"] = Input(field, ACCOUNT, **OFF)
    if settings.enable_account_hierarchy_management:
        says = "For reporting and shared usage allowances."
        field = _searched(Account, "Parent account", "/look-up/new-account/parent", with_fields, says)
        found["parent"] = Input(field, ACCOUNT, **OFF)
    return found


def _invoicing_inputs(settings: Settings, is_new: bool, currency: str | None) -> dict[str, Input]:
    own = [choice for choice in currencies() if choice[0] == currency]
    on_offer = [choice for choice in InvoiceType.choices if choice[0] in settings.overall_invoice_distribution]
    found = {
        "invoice_type": Input(_choice("Invoice type", on_offer), INVOICING),
        "invoice_currency": Input(
            _choice("Invoice currency", [("", "As the account"), *own], required=False),
            INVOICING,
            **HIDDEN,
        ),
        "minimum_invoice_amount": Input(
            AmountField(
                label="Minimum invoice amount",
                currency=currency,
                required=False,
                min_value=0,
                max_digits=20,
                widget=forms.NumberInput,
            ),
            INVOICING,
            **HIDDEN,
        ),
        "preferred_language": Input(_choice("Preferred language", languages(), searchable=True), INVOICING, **HIDDEN),
    }
    if not is_new and settings.enable_responsible_account_management:
        rendering = _choice("Invoice rendering type", RenderingType.choices)
        found["invoice_rendering_type"] = Input(rendering, INVOICING, **HIDDEN)
    return found


def _payment_inputs() -> dict[str, Input]:
    return {
        "payment_term": Input(_row("Payment term", payment_terms().order_by("days"), required=True), PAYMENT),
        "auto_pay": Input(_tick("Authorize auto-payment"), PAYMENT, **HIDDEN),
        "auto_pay_offset": Input(
            forms.IntegerField(
                label="Auto-pay offset",
                required=False,
                min_value=-(10**6),
                max_value=10**6,
                help_text="Days from the due date; -3 is three days earlier.",
            ),
            PAYMENT,
            **HIDDEN,
        ),
        "dunning_enabled": Input(_tick("Enable account dunning"), PAYMENT, **HIDDEN),
    }


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
        return _choice(row.label, [("", "–"), *((each, each) for each in row.options)], required=row.required)
    return _text(row.label, 1000, required=row.required)


def _text(label: str, longest: int, marked: bool = False, **named: Any) -> forms.CharField:
    """A line of text; `marked`: required by the action, in some cases."""
    field: Any = forms.CharField(label=label, max_length=longest, **({"required": False} | named))
    field.is_marked = marked
    return cast(forms.CharField, field)


def _long(label: str, longest: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False, widget=forms.Textarea(attrs={"rows": 2}))


def _number(label: str, is_new: bool) -> forms.CharField:
    """ACC-1, CUS-2: fixed once it is there."""
    help_text = "Generated when left blank." if is_new else "It never changes."
    return forms.CharField(label=label, max_length=50, required=False, disabled=not is_new, help_text=help_text)


def _tick(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _email() -> forms.EmailInput:
    return forms.EmailInput(attrs={"autocomplete": "off"})


def _choice(
    label: str,
    choices: Iterable[tuple[str, Any]],
    required: bool = True,
    searchable: bool = False,
    radio: bool = False,
) -> forms.ChoiceField:
    widget = forms.RadioSelect() if radio else forms.Select(attrs={"data-searchable": ""} if searchable else {})
    return forms.ChoiceField(label=label, choices=list(choices), required=required, widget=widget)


def _row(
    label: str,
    rows: Iterable[Model],
    required: bool = False,
    blank: str | None = None,
    widget: type[forms.Select] | forms.Select = forms.Select,
) -> forms.TypedChoiceField:
    """A choice among rows, by number."""
    choices = [*([("", blank)] if blank else []), *((str(each.pk), str(each)) for each in rows)]
    return forms.TypedChoiceField(
        label=label, choices=choices, required=required, widget=widget, coerce=int, empty_value=None
    )


def _searched(model: type[Model], label: str, address: str, sent_with: str = "", help_text: str = "") -> RowField:
    return RowField(model, address, sent_with, label=label, required=False, help_text=help_text)
