"""One-time charges and credits of an account: added, changed and deleted until they are billed (SUB-7)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.catalog.queries import products
from banyan.console.choices import NONE, offer, rows_of, searched
from banyan.console.confirming import asked, filled_in
from banyan.console.edited import editing
from banyan.console.fields import AmountField, DayField, reason_field
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, page
from banyan.console.payer_options import choice_of, payer_options
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.delete_charge import delete_charge
from banyan.subscriptions.actions.update_charge import update_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import Charge, Subscription

_LIKE = "subscription:"


class ChargeForm(ActionForm):
    """SUB-7: a one-time charge, or a credit, and who pays for it."""

    description = forms.CharField(max_length=500, help_text="As it stands on the invoice.")
    amount = AmountField(max_digits=20, help_text="A negative amount is a credit.")
    date = DayField(initial=today, help_text="The first bill run on or after this day invoices it.")
    product = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, widget=searched(), help_text="Decides about tax and discounts."
    )
    who_pays = forms.ChoiceField(
        label="Who pays",
        required=False,
        widget=searched(),
        help_text="As for one of its subscriptions, or chosen for this charge alone.",
    )

    def __init__(self, account: Account, **named: Any) -> None:
        super().__init__(**named)
        offer(self, "product", [NONE, *rows_of(products(active=True).order_by("name"))])
        amount: Any = self.fields["amount"]
        amount.label, amount.currency = f"Amount in {account.currency}", account.currency
        served = Subscription.objects.filter(account=account).order_by("number")
        ways = [(one.value, f"{one.text} – {one.says}") for one in payer_options(account, today(account.owner_id))]
        like = [(f"{_LIKE}{one.pk}", f"Whoever pays for {one.number}") for one in served]
        offer(self, "who_pays", [*(ways or [("", "The account")]), *like])

    def field_for(self, name: str) -> str | None:
        """A payer or subscription that doesn't fit is told at the choice."""
        return super().field_for("who_pays" if name.split(".")[0] in ("who_pays", "subscription") else name)

    def given(self, *names: str) -> dict[str, Any]:
        """These fields as an action takes them."""
        found = {name: self.cleaned_data[name] for name in names if name not in ("who_pays", "reason")}
        if "who_pays" in names:
            paid = self.cleaned_data["who_pays"]
            like = int(paid.removeprefix(_LIKE)) if paid.startswith(_LIKE) else None
            found |= {"subscription": like, "who_pays": None if like else choice_of(paid)}
        return found


class ChangedChargeForm(ChargeForm):
    """RUN-11: with why it is changed."""

    reason = reason_field()


@page("POST charges")
def new_charge(request: PageRequest, account: int) -> HttpResponse:
    """A one-time charge or credit, for the next bill run (SUB-7)."""
    row = Account.reachable.get(pk=account)
    form = ChargeForm(row, data=request.POST or None)

    def act() -> tuple[str, str]:
        made = create_charge(NewCharge(account=account, **form.given(*form.fields)))
        return f"The {_word(made)} is added.", _adjustments(account)

    name = f"Charge or credit to {row.number}"
    return filled_in(request, form, {"name": name, "text": "Add", "back": reverse("account", args=[account])}, act)


@page("PATCH charges/*")
def edit_charge(request: PageRequest, charge: int) -> HttpResponse:
    """Change what is not billed yet."""
    edits = editing(request, "charge", charge)
    row = Charge.reachable.select_related("account").get(pk=charge)
    initial = {
        "description": row.description,
        "amount": row.amount,
        "date": row.date,
        "product": row.product_id,
        "who_pays": _choice(row),
    }
    form = ChangedChargeForm(row.account, data=request.POST or None, initial=initial, edits=edits)

    def act() -> tuple[str, str]:
        update_charge(charge, form.given(*form.changed_data), form.cleaned_data["reason"])
        return f"The {_word(row)} is changed.", _adjustments(row.account_id)

    context = {"name": f"Change “{row.description}”", "text": "Save changes", "back": _adjustments(row.account_id)}
    return filled_in(request, form, context, act)


@page("DELETE charges/*")
def remove_charge(request: PageRequest, charge: int) -> HttpResponse:
    """Asks, then deletes what is not billed yet."""
    row = Charge.reachable.select_related("account").get(pk=charge)
    back = _adjustments(row.account_id)
    context = {
        "question": f"Delete “{row.description}”?",
        "says": "It will not be billed. The history keeps who made it, who deleted it, and why.",
        "text": "Delete",
        "back": back,
        "danger": True,
        "asks_reason": True,
        "reason": request.POST.get("reason", ""),
    }
    return asked(
        request, context, lambda: delete_charge(charge, str(context["reason"])), f"The {_word(row)} is deleted.", back
    )


def _adjustments(account: int) -> str:
    return reverse("account_tab", kwargs={"account": account, "tab": "adjustments"})


def _word(row: Charge) -> str:
    return "credit" if row.amount < 0 else "charge"


def _choice(row: Charge) -> str:
    if row.subscription_id is not None:
        return f"{_LIKE}{row.subscription_id}"
    if row.who_pays_mode is None:
        return ""
    return f"ancestor:{row.payer_id}" if row.payer_id is not None else row.who_pays_mode
