"""Contracts (CON-10): the list, one of them with what is subscribed to under it, a new one, the end of one."""

from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy

from banyan.accounts.models import Account
from banyan.accounts.today import days_now, today
from banyan.console.access import check_named
from banyan.console.confirming import asked, confirmed, filled_in
from banyan.console.edited import editing
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, number_in, page, show, text_in
from banyan.console.row_fields import RowField
from banyan.console.subscriptions import crumbs_of, status_of
from banyan.console.tables import ListTable
from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.actions.delete_contract import delete_contract as delete
from banyan.contracts.queries import contracts as contracts_in_scope
from banyan.contracts.queries import documents_of
from banyan.contracts.terms import AUTOMATIC, NONE
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions.actions.terminate_contract import preview_termination, terminate_contract
from banyan.subscriptions.actions.update_contract import update_contract
from banyan.subscriptions.models import Subscription


class ContractTable(ListTable):
    caption = "Contracts"
    contract = django_tables2.TemplateColumn(
        '<a class="entry" data-entry href="{% url "contract" record.pk %}">{{ record.number }}'
        "<span>{{ record.name }}</span></a>",
        order_by="number",
    )
    account = django_tables2.TemplateColumn(
        '<a href="{% url "account" record.account_id %}">{{ record.account }}</a>', order_by="account__number"
    )
    start_date = django_tables2.TemplateColumn("{{ value|day }}", verbose_name="Start")
    ends_on = django_tables2.TemplateColumn('{{ value|day|default:"open" }}', verbose_name="Last day", empty_values=())
    renews = django_tables2.TemplateColumn(
        "{% if record.renewal_months %}by {{ record.renewal_months }} months{% else %}no{% endif %}", orderable=False
    )
    status = django_tables2.TemplateColumn("{% badge value %}")


class ContractForm(ActionForm):
    account = RowField(Account, reverse_lazy("account_choices"), label="Account")
    name = forms.CharField(max_length=200, required=False)
    number = forms.CharField(max_length=50, required=False, help_text="Blank: the next one.")
    signed_on = DayField(label="Signed on", required=False)
    start_date = DayField(label="Start", initial=today)
    end_date = DayField(label="Last day", required=False, help_text="The last day that is covered; blank: open.")
    renewal_months = forms.IntegerField(
        label="Renews by months", min_value=1, required=False, help_text="Blank: it does not renew."
    )
    notice_days = forms.IntegerField(label="Days of notice", min_value=0, required=False)
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def field_for(self, name: str) -> str | None:
        """Whether it renews is told by the months."""
        return super().field_for("renewal_months" if name == "renewal" else name)


class ChangedContractForm(ContractForm):
    account = None  # type: ignore[assignment]  # fixed
    number = forms.CharField(max_length=50)


class TerminationForm(ActionForm):
    date = DayField(label="Ends before", initial=today, help_text="The first day that is no longer covered.")
    reason = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2}))


@page()
def contracts(request: PageRequest) -> HttpResponse:
    """All contracts as they stand today, found by a part of number or name."""
    q = text_in(request, "q")
    rows = contracts_in_scope(None, q).select_related("account").order_by("number")
    return show(request, "contracts.html", {"q": q, "table": ContractTable(request, rows)})


@page()
def contract(request: PageRequest, contract: int) -> HttpResponse:
    """One contract, what is subscribed to under it, what is attached to it."""
    row = _row(contract)
    subscriptions = list(Subscription.reachable.filter(contract=contract).select_related("account").order_by("number"))
    days = days_now()
    context = {
        "contract": row,
        "subscriptions": [(each, status_of(each, days.of(each.account.owner_id))) for each in subscriptions],
        "documents": list(documents_of(contract).order_by("name")),
        "crumbs": [("Contracts", reverse("contracts")), *crumbs_of(row.account)],
    }
    return show(request, "contract.html", context)


@page("POST contracts")
def new_contract(request: PageRequest) -> HttpResponse:
    """A contract with an account, which the address may name: `?account=12`."""
    given = number_in(request, "account")
    known = Account.reachable.filter(pk=given).first() if given else None
    form = ContractForm(request.POST or None, initial={"account": known})

    def act() -> tuple[str, str]:
        values = {name: value for name, value in form.values().items() if value is not None}
        account = values.pop("account")
        check_named("POST contracts", "account", Account, account.pk)
        made = create_contract({**values, "account": account.pk})
        return f"Contract {made.number} is created.", reverse("contract", args=[made.pk])

    context = {"name": "New contract", "text": "Create", "back": reverse("contracts")}
    return filled_in(request, form, context, act)


@page("PATCH contracts/*")
def edit_contract(request: PageRequest, contract: int) -> HttpResponse:
    """A contract's fields; only what is different is changed."""
    edits = editing(request, "contract", contract)
    row, back = _row(contract), reverse("contract", args=[contract])
    initial = {name: getattr(row, name) for name in ChangedContractForm.base_fields}
    form = ChangedContractForm(request.POST or None, initial=initial, edits=edits)

    def act() -> tuple[str, str]:
        changed = form.changed_values()
        if "renewal_months" in changed:
            changed["renewal"] = NONE if changed["renewal_months"] is None else AUTOMATIC
        update_contract(contract, changed)
        return f"Contract {row.number} is changed.", back

    return filled_in(request, form, {"name": f"Edit {row.number}", "text": "Save changes", "back": back}, act)


@page("DELETE contracts/*")
def delete_contract(request: PageRequest, contract: int) -> HttpResponse:
    """Asks, then deletes a contract that nothing was subscribed to under."""
    row = _row(contract)
    context = {
        "question": f"Delete {row.number}?",
        "says": "The contract and its documents are gone. It is refused once something was subscribed to under it.",
        "text": "Delete",
        "danger": True,
        "back": reverse("contract", args=[contract]),
    }
    return asked(request, context, lambda: delete(contract), f"Contract {row.number} is deleted.", "contracts")


@page("POST contracts/*/terminate")
def terminate(request: PageRequest, contract: int) -> HttpResponse:
    """End it on a day, with everything under it, after that was shown."""
    row = _row(contract)
    form = TerminationForm(request.POST or None)

    def what() -> tuple[Any, str]:
        return form.cleaned_data["date"], form.cleaned_data["reason"]

    def act() -> object:
        return terminate_contract(contract, *what())

    def look() -> dict[str, Any]:
        ended = preview_termination(contract, *what())
        within = in_scope(Subscription, [one.id for one in ended])
        return {"ended": [one for one in ended if one.id in within], "ends": True}

    context = {
        "name": f"Terminate {row.number}",
        "back": reverse("contract", args=[contract]),
        "confirm": "Terminate",
        "danger": True,
    }
    return confirmed(request, form, context, look, act, f"Contract {row.number} is terminated.")


def _row(number: int) -> Any:
    return contracts_in_scope().select_related("account").get(pk=number)
