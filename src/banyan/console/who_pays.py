"""Who pays? (CON-7): for an account, a subscription, a one-time charge or a line of an invoice, in words."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse_lazy

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.queries import decided_on
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, page, show
from banyan.console.payers import SHOWN, describe_payers
from banyan.console.row_fields import RowField
from banyan.customers.queries import payers_on
from banyan.engine.reasons import what_is_paid
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.trails import stored_payer
from banyan.kernel.refusals import unknown
from banyan.subscriptions.models import Charge, Subscription
from banyan.subscriptions.queries import in_status, payer_of, payer_of_charge


class QuestionForm(ActionForm):
    account = RowField(Account, reverse_lazy("account_choices"), label="Account", required=False)
    subscription = RowField(
        Subscription,
        reverse_lazy("subscription_choices"),
        sent_with="account",
        label="Subscription",
        required=False,
        help_text="Blank: each subscription of the account, and everything else.",
    )
    on = DayField(label="Day")

    def clean(self) -> dict[str, Any]:
        """A subscription belongs to its account, which need not be named."""
        cleaned = super().clean() or {}
        account, subscription = cleaned.get("account"), cleaned.get("subscription")
        if subscription and account and subscription.account_id != account.pk:
            self.add_error("subscription", f"{subscription.number} is a subscription of another account.")
        return cleaned


@page()
def who_pays(request: PageRequest) -> HttpResponse:
    """The payer on a day, and each step that led there."""
    asked = request.GET.copy()
    asked.setdefault("on", today().isoformat())
    form = QuestionForm(asked)
    context: dict[str, Any] = {"form": form, "name": "Who pays?"}
    if form.is_valid():
        subscription: Subscription | None = form.cleaned_data["subscription"]
        account: Account | None = subscription.account if subscription else form.cleaned_data["account"]
        day: date = form.cleaned_data["on"]
        if account is not None:
            context |= _of_subscription(account, subscription, day) if subscription else _of_account(account, day)
    return show(request, "who_pays.html", context, status=422 if form.errors else 200)


def _of_subscription(account: Account, subscription: Subscription, day: date) -> dict[str, Any]:
    payer = payer_of(account.pk, subscription.pk, day)
    (told,) = describe_payers([payer], day)
    of = f"subscription {subscription.number} of {account.name}"
    return {"payer": told, "of": of, "day": day, "itself": payer.account_id == account.pk}


def _of_account(account: Account, day: date) -> dict[str, Any]:
    """A row for each subscription that is served on the day, whoever pays for it, then all else."""
    rest = payer_of(account.pk, None, day)
    served = in_status(Subscription.reachable.filter(account=account), "active", day)
    subscriptions = list(served.order_by("number")[: SHOWN + 1])
    paying = payers_on(subscriptions[:SHOWN], day)
    *of_each, of_rest = describe_payers([*(paying[each.pk] for each in subscriptions[:SHOWN]), rest], day)
    found: dict[str, Any] = {"payer": of_rest, "of": account.name, "day": day, "itself": rest.account_id == account.pk}
    if subscriptions:
        found["subscriptions"] = list(zip(subscriptions, of_each, strict=False))
        found["more"] = len(subscriptions) > SHOWN
    return found


@page()
def who_pays_for_charge(request: PageRequest, charge: int) -> HttpResponse:
    """Who is invoiced for a one-time charge on its day, or today where that is over and it isn't billed yet."""
    row = Charge.reachable.select_related("account").get(pk=charge)
    day = row.date if row.billed else max(row.date, today(row.account.owner_id))
    (told,) = describe_payers([payer_of_charge(row, day)], day, what_is_paid(row.subscription_id, row.pk))
    context = {
        "name": f"Who pays for “{row.description}”?",
        "payer": told,
        "of": f"“{row.description}” of {row.account.name}",
        "day": day,
        "itself": told.account == row.account_id,
        "history": describe_history("charge", list(entries_of("charge", row.pk)[:ENTRIES]), row.account.currency),
    }
    return show(request, "who_pays.html", context)


@page()
def who_paid_for_line(request: PageRequest, invoice: int, line: int) -> HttpResponse:
    """Why a line of an invoice is on it, as it was decided when it was billed (WHO-6)."""
    row = InvoiceLine.objects.filter(invoice_id=invoice, pk=line).first()
    if row is None:
        raise unknown("line", "There is no such line on the invoice.", line)
    day = decided_on(Invoice.reachable.get(pk=invoice))
    payer = stored_payer(row.payer_trail, row.account_id)
    (told,) = describe_payers([payer], day, what_is_paid(row.subscription_id, row.charge_id))
    context = {
        "name": "Why is this line on this invoice?",
        "payer": told,
        "of": f"“{row.description}”",
        "day": day,
        "itself": payer.account_id == row.account_id,
        "past": True,
    }
    return show(request, "who_pays.html", context)
