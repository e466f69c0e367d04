"""Customer Accounts (CON-5): all accounts with their contacts, and beside them the account types."""

from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.models import AccountStatus, AccountType
from banyan.accounts.queries import account_types, accounts, accounts_by_type, accounts_of_type
from banyan.console.account_lists import further_columns
from banyan.console.choices import rows_of
from banyan.console.confirming import asked
from banyan.console.edited import editing
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show, text_in
from banyan.console.resources.lists import change_account_type
from banyan.console.tables import ListTable
from banyan.kernel.refusals import Refusal, unknown
from banyan.organizations.queries import organizations


class CustomerAccounts(ListTable):
    caption = "Customer accounts"
    name = "accounts"
    fixed = ("account", "actions")
    at_first = ("organization", "type", "contact", "status")
    account = django_tables2.TemplateColumn(
        template_name="console/cells/account_described.html", order_by="number", verbose_name="Account"
    )
    organization = django_tables2.Column(order_by="organization__name")
    type = django_tables2.Column(default="Unassigned", order_by="type__name", verbose_name="Account type")
    contact = django_tables2.TemplateColumn(
        template_name="console/cells/contact.html", order_by="contact_email", verbose_name="Primary contact"
    )
    status = django_tables2.TemplateColumn(template_name="console/cells/status.html")
    customer = django_tables2.Column(accessor="customer__name", verbose_name="Customer")
    currency = django_tables2.Column()
    start_date = django_tables2.TemplateColumn("{{ value|day }}")
    external_number = django_tables2.Column(default="")
    actions = django_tables2.TemplateColumn(
        template_name="console/cells/edit_and_delete.html",
        orderable=False,
        verbose_name="Actions",
        attrs={"td": {"class": "actions"}, "th": {"class": "actions"}},
    )

    class Meta:
        sequence = ("...", "actions")


class AccountFilters(Filters):
    """What the list shows."""

    status = forms.ChoiceField(choices=[("", "Any status"), *AccountStatus.choices], required=False)
    type = forms.ChoiceField(choices=lambda: [("", "All types"), *rows_of(account_types(None))], required=False)
    organization = forms.ChoiceField(
        choices=lambda: [("", "All organizations"), *rows_of(organizations().order_by("name"))], required=False
    )


class TypeForm(ActionForm):
    name = forms.CharField(max_length=200)
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    default = forms.BooleanField(label="Default selection for new accounts", required=False)
    active = forms.BooleanField(required=False, initial=True)


@page()
def customer_accounts(request: PageRequest) -> HttpResponse:
    """The list, found by words, status, type and organization."""
    return _page(request, TypeForm(), None)


@page("POST account-types")
def add_type(request: PageRequest) -> HttpResponse:
    """Another account type, from the panel beside the list."""
    form = TypeForm(request.POST or None)
    if form.is_valid():
        try:
            create_account_type(**_values(form))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, "The account type is added.", "accounts")
    return _page(request, form, None)


@page("PATCH account-types/*")
def edit_type(request: PageRequest, account_type: int) -> HttpResponse:
    """An account type in the panel, to be changed."""
    edits = editing(request, "account_type", account_type)
    row = _type(account_type)
    known = {"name": row.name, "description": row.description, "default": row.default, "active": row.active}
    form = TypeForm(request.POST or None, initial=known, edits=edits)
    if form.does(lambda: change_account_type(account_type, form.changed_values())):
        return done(request, "The account type is saved.", "accounts")
    return _page(request, form, row)


@page("PATCH account-types/*")
def deactivate_type(request: PageRequest, account_type: int) -> HttpResponse:
    """Asks, then takes the type off the lists (TYP-2, TYP-3)."""
    row = _type(account_type)
    holding = list(accounts_of_type(account_type).order_by("number")[:11])
    says = "It is hidden from lists and can't be assigned any more."
    if holding:
        named = ", ".join(each.number for each in holding[:10]) + (" and more" if len(holding) > 10 else "")
        says += f" These accounts hold it and have to get another one when they are next changed: {named}."
    context = {"question": f"Deactivate {row.name}?", "says": says, "text": "Deactivate", "danger": True}
    return asked(
        request,
        context | {"back": reverse("accounts")},
        lambda: update_account_type(account_type, {"active": False}),
        f"{row.name} is deactivated.",
        "accounts",
    )


@page("PATCH account-types/*")
def activate_type(request: PageRequest, account_type: int) -> HttpResponse:
    """Asks, then puts the type on the lists again (TYP-2)."""
    row = _type(account_type)
    says = "It is in the lists again, and accounts can be given it."
    context = {"question": f"Activate {row.name}?", "says": says, "text": "Activate", "back": reverse("accounts")}
    return asked(
        request,
        context,
        lambda: update_account_type(account_type, {"active": True}),
        f"{row.name} is active.",
        "accounts",
    )


def _page(request: PageRequest, form: TypeForm, edited: AccountType | None) -> HttpResponse:
    q, asked = text_in(request, "q"), AccountFilters(request.GET).asked()
    chosen = {name: int(asked[name]) for name in ("type", "organization") if name in asked}
    related = ("customer", "organization", "type")
    rows = accounts(q).select_related(*related).order_by("number")
    if status := asked.get("status", ""):
        rows = rows.filter(status=status)
    rows = rows.filter(**{f"{name}_id": number for name, number in chosen.items()})
    every_type = list(account_types(None))
    inactive = [each for each in every_type if not each.active]
    context: dict[str, Any] = {
        "table": CustomerAccounts(request, rows, extra=further_columns(CustomerAccounts)),
        "q": q,
        "wanted": {"status": status, "type": None, "organization": None, **chosen},
        "is_filtered": bool(q or asked),
        "statuses": AccountStatus.choices,
        "types": [each for each in every_type if each.active],
        "inactive": inactive,
        "holding": accounts_by_type([each.pk for each in inactive]),
        "organizations": list(organizations().order_by("name")[:500]),
        "form": form,
        "edited": edited,
    }
    return show(request, "customer_accounts.html", context, status=422 if form.errors else 200)


def _values(form: TypeForm) -> dict[str, Any]:
    return {**form.cleaned_data}


def _type(number: int) -> AccountType:
    row = AccountType.objects.filter(pk=number).first()
    if row is None:
        raise unknown("account_type", "There is no such account type.", number)
    return row
