"""What accounts and customers choose from: bill cycles, payment terms, types, categories, custom fields."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from banyan.accounts import queries
from banyan.accounts.actions.create_account_category import create_account_category
from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.actions.create_contact_category import create_contact_category
from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.actions.delete_custom_field import delete_custom_field
from banyan.accounts.actions.delete_list_entry import delete_list_entry
from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.actions.save_custom_field import create_custom_field, update_custom_field
from banyan.accounts.actions.update_bill_cycle import update_bill_cycle
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    ContactCategory,
    CustomFieldType,
    CustomSubject,
    PaymentTerm,
)
from banyan.accounts.today import today
from banyan.console.choices import NONE, as_words, currencies, searched, select, time_zones
from banyan.console.fields import DayField, LinesField
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest
from banyan.console.resources.columns import Day, Number, Text, Words, Yes
from banyan.console.resources.resource import Asked, Resource, Values
from banyan.kernel.calendar import Frequency, next_billing_date

DATES_SHOWN = 12
RUNS_SHOWN = 6
TABS = (
    ("payment_term_list", "Payment terms"),
    ("account_type_list", "Account types"),
    ("account_category_list", "Account categories"),
    ("contact_category_list", "Contact categories"),
    ("custom_field_list", "Custom fields"),
)


class NameForm(ActionForm):
    name = forms.CharField(max_length=200)


class BillCycleForm(ActionForm):
    name = forms.CharField(max_length=200, help_text="Such as Monthly EUR.")
    frequency = forms.ChoiceField(choices=as_words(Frequency), initial=Frequency.MONTHLY.value)
    start_date = DayField(help_text="The first billing date; later ones step from it.")
    currency = forms.ChoiceField(
        choices=[NONE, *currencies()],
        required=False,
        widget=searched(),
        help_text="Only accounts of this currency; of any without one.",
    )
    time_zone = forms.ChoiceField(choices=time_zones(), initial="UTC", widget=searched())


class PaymentTermForm(ActionForm):
    name = forms.CharField(max_length=100, help_text="Such as Net 30.")
    days = forms.IntegerField(help_text="From the invoice date to the due date.")


class AccountTypeForm(ActionForm):
    name = forms.CharField(max_length=200)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    default = forms.BooleanField(required=False, label="Proposed for new accounts")
    active = forms.BooleanField(required=False, initial=True)


class CustomFieldForm(ActionForm):
    subject = forms.ChoiceField(label="Field of", choices=CustomSubject.choices)
    key = forms.CharField(max_length=50, help_text="Its name in API and files: small letters, digits and _.")
    label = forms.CharField(max_length=200, required=False, help_text="After the key when left blank.")
    type = forms.ChoiceField(choices=CustomFieldType.choices)
    options = LinesField(required=False, help_text="What a choice offers, one a line.")
    required = forms.BooleanField(required=False)
    active = forms.BooleanField(required=False, initial=True)


class ChangedCustomFieldForm(CustomFieldForm):
    subject = key = None  # type: ignore[assignment]  # fixed


class CustomFieldFilters(Filters):
    subject = forms.ChoiceField(
        choices=[("", "All"), *CustomSubject.choices],
        required=False,
        widget=select(),
    )


def _bill_cycle_facts(row: BillCycle, request: PageRequest) -> Values:
    """CYC-1: the next billing dates from today on, how many accounts are billed on them, and the last runs."""
    frequency = Frequency(row.frequency)
    found: list[date] = []
    day = today()
    while len(found) < DATES_SHOWN:
        found.append(next_billing_date(row.start_date, frequency, day))
        day = found[-1] + timedelta(days=1)
    runs = row.runs.order_by("-pk")[:RUNS_SHOWN]
    return {"dates": found, "accounts": Account.reachable.filter(bill_cycle=row).count(), "runs": runs}


def _named(rows: QuerySet[Any], asked: Asked, *fields: str) -> QuerySet[Any]:
    """The rows by name; those whose name, or another of these fields, holds what is asked for."""
    if not asked.get("q"):
        return rows.order_by("name")
    wanted = Q()
    for field in ("name", *fields):
        wanted |= Q(**{f"{field}__icontains": asked["q"]})
    return rows.filter(wanted).order_by("name")


def change_account_type(number: int, values: Values) -> AccountType:
    """A description that is blank is none."""
    given = {name: "" if value is None and name == "description" else value for name, value in values.items()}
    return update_account_type(number, given)


def _custom_fields(asked: Asked) -> QuerySet[Any]:
    rows = queries.custom_fields(asked.get("q")).order_by("subject", "key")
    return rows.filter(subject=asked["subject"]) if asked.get("subject") else rows


def _new_custom_field(values: Values) -> Any:
    return create_custom_field({name: value for name, value in values.items() if value not in (None, [])})


BILL_CYCLES = Resource(
    kind="bill_cycle",
    api="bill-cycles",
    path="bill-cycles",
    one="bill cycle",
    many="bill cycles",
    icon="calendar-event",
    says="A bill cycle says on which days its accounts are invoiced. Every account needs one.",
    rows=lambda asked: _named(queries.bill_cycles(), asked),
    searchable=True,
    columns={
        "name": Text("Name"),
        "frequency": Words("Frequency"),
        "start_date": Day("First billing date"),
        "currency": Text("Currency", default="Any"),
        "time_zone": Text("Time zone"),
    },
    form=BillCycleForm,
    create=lambda values: create_bill_cycle(**values),
    change=update_bill_cycle,
    delete=lambda number: delete_list_entry(BillCycle, number),
    says_on_delete="It is refused while an account is on it, and once it has run.",
    shown_by="resources/bill_cycle.html",
    facts=_bill_cycle_facts,
)

PAYMENT_TERMS = Resource(
    kind="payment_term",
    api="payment-terms",
    path="lists/payment-terms",
    one="payment term",
    many="payment terms",
    icon="clock",
    says="A payment term says how many days after its date an invoice is due.",
    rows=lambda asked: _named(queries.payment_terms(), asked),
    columns={"name": Text("Name"), "days": Number("Days")},
    form=PaymentTermForm,
    create=lambda values: create_payment_term(**values),
    change=lambda number, values: update_list_entry(PaymentTerm, number, values),
    delete=lambda number: delete_list_entry(PaymentTerm, number),
    tabs=TABS,
)

ACCOUNT_TYPES = Resource(
    kind="account_type",
    api="account-types",
    path="lists/account-types",
    one="account type",
    many="account types",
    icon="tags",
    says="Account types say what an account is for, such as Head office or Site.",
    rows=lambda asked: _named(queries.account_types(None), asked),
    columns={
        "name": Text("Name"),
        "description": Text("Description"),
        "default": Yes("Proposed"),
        "active": Yes("Status", yes="Active", no="Inactive"),
    },
    form=AccountTypeForm,
    create=lambda values: create_account_type(**{**values, "description": values["description"] or ""}),
    change=change_account_type,
    delete=lambda number: delete_list_entry(AccountType, number),
    says_on_delete="It is refused while an account holds it; deactivate it then.",
    tabs=TABS,
)

ACCOUNT_CATEGORIES = Resource(
    kind="account_category",
    api="account-categories",
    path="lists/account-categories",
    one="account category",
    many="account categories",
    icon="category",
    says="Every account is in a category. The first one is proposed.",
    rows=lambda asked: _named(queries.account_categories(), asked),
    columns={"name": Text("Name")},
    form=NameForm,
    create=lambda values: create_account_category(**values),
    change=lambda number, values: update_list_entry(AccountCategory, number, values),
    delete=lambda number: delete_list_entry(AccountCategory, number),
    tabs=TABS,
)

CONTACT_CATEGORIES = Resource(
    kind="contact_category",
    api="contact-categories",
    path="lists/contact-categories",
    one="contact category",
    many="contact categories",
    icon="users",
    says="Contacts of accounts are sorted by what they are asked about, such as Accounting.",
    rows=lambda asked: _named(queries.contact_categories(), asked),
    columns={"name": Text("Name")},
    form=NameForm,
    create=lambda values: create_contact_category(**values),
    change=lambda number, values: update_list_entry(ContactCategory, number, values),
    delete=lambda number: delete_list_entry(ContactCategory, number),
    tabs=TABS,
)

CUSTOM_FIELDS = Resource(
    kind="custom_field",
    api="custom-fields",
    path="lists/custom-fields",
    one="custom field",
    many="custom fields",
    icon="forms",
    says="Keep what Banyan has no field for: give customers and accounts fields of your own.",
    rows=_custom_fields,
    searchable=True,
    filters=CustomFieldFilters,
    columns={
        "label": Text("Label"),
        "key": Text("Key"),
        "subject": Text("Of", accessor="get_subject_display", order_by="subject"),
        "type": Text("Type", accessor="get_type_display", order_by="type"),
        "required": Yes("Required"),
        "active": Yes("Status", yes="Active", no="Inactive"),
    },
    form=CustomFieldForm,
    create=_new_custom_field,
    form_to_change=ChangedCustomFieldForm,
    change=update_custom_field,
    delete=delete_custom_field,
    says_on_delete="It is refused while it holds a value; deactivate it then.",
    tabs=TABS,
)

ALL = (BILL_CYCLES, PAYMENT_TERMS, ACCOUNT_TYPES, ACCOUNT_CATEGORIES, CONTACT_CATEGORIES, CUSTOM_FIELDS)
