"""A subscription: what it is and who pays for it; changing and ending it with what that does to the next invoices."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.actions.preview_change import next_invoices, preview_change
from banyan.catalog.models import Price
from banyan.console import localized
from banyan.console.choices import offer
from banyan.console.confirming import confirmed
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.edited import editing
from banyan.console.fields import DayField, DecimalText
from banyan.console.forms import ActionForm
from banyan.console.next_invoices import shown
from banyan.console.page import PageRequest, page, show
from banyan.console.payer_options import MODES, Option, choice_of, payer_options
from banyan.console.payers import describe_payers
from banyan.console.price_texts import price_choices, price_text
from banyan.customers.actions.preview_payer import preview_payer
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionGroup, SubscriptionItem, WhoPays
from banyan.subscriptions.queries import payer_of, who_pays_on
from banyan.subscriptions.terms import agreed_changes, terms_in_force


class ChangeForm(ActionForm):
    """New quantities and prices of the items from a day on."""

    date = DayField(label="From", initial=today)

    def __init__(self, items: Sequence[SubscriptionItem], terms: dict[int, tuple[int, Decimal]], **named: Any) -> None:
        self.items = items
        prices = Price.objects.select_related("product", "meter").in_bulk([price for price, _ in terms.values()])
        self.base_fields = dict(self.base_fields)
        held: dict[str, Any] = {}
        for item in items:
            price_id, quantity = terms[item.pk]
            price = prices[price_id]
            name = f"item.{item.pk}"
            held |= {f"{name}.quantity": quantity, f"{name}.price": price_id}
            self.base_fields[f"{name}.quantity"] = DecimalText(label=f"{price.product.name}: quantity")
            self.base_fields[f"{name}.price"] = forms.TypedChoiceField(
                label=f"{price.product.name}: price",
                choices=price_choices(price.currency, price.type),
                coerce=int,
                widget=forms.Select(attrs={"data-searchable": ""}),
            )
        super().__init__(initial=held, **named)

    def changes(self) -> list[ItemChange]:
        """What its user changed."""
        found = []
        for item in self.items:
            names = {part: f"item.{item.pk}.{part}" for part in ("quantity", "price")}
            given = {part: self.cleaned_data[name] for part, name in names.items() if name in self.changed_data}
            if given:
                found.append(ItemChange(item.pk, **given))
        return found

    def field_for(self, name: str) -> str | None:
        """`items.0.quantity` is that of the first item that changes."""
        parts = name.split(".")
        if parts[0] == "items" and len(parts) > 1:
            name = ".".join(["item", str(self.changes()[int(parts[1])].id), *(parts[2:] or ["quantity"])])
            return name if name in self.fields else f"{name.rpartition('.')[0]}.quantity"
        return super().field_for(name)


class CancelForm(ActionForm):
    date = DayField(label="Ends before", initial=today, help_text="The first day that is no longer served.")
    prorate = forms.BooleanField(label="Credit what was billed beyond that day", required=False, initial=True)


class PayerForm(ActionForm):
    """One of the ways to choose who pays, from a day on."""

    decisive = ("who_pays",)
    who_pays = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    effective_date = DayField(label="From", required=False, help_text="Blank: from what is still to be billed.")

    def __init__(self, options: Sequence[Option], **named: Any) -> None:
        super().__init__(**named)
        self.options = options
        offer(self, "who_pays", [(option.value, option.text) for option in options])

    def field_for(self, name: str) -> str | None:
        """A payer that can't pay is told at the choice."""
        return super().field_for("who_pays" if name in ("group", "subscription") else name)


@page()
def subscription(request: PageRequest, subscription: int) -> HttpResponse:
    """What it is, who pays for it now and on other days, and what the next invoice has of it."""
    row = row_of(subscription)
    day = max(today(row.account.owner_id), row.start_date)
    (payer,) = describe_payers([payer_of(row.account_id, row.pk, day)], day)
    choices = list(row.who_pays.select_related("group__payer").order_by("during"))
    context = {
        "subscription": row,
        "items": _items(row, day),
        "changes": describe_agreed_changes(row, agreed_changes(list(row.items.all()), day)),
        "pauses": row.pauses.order_by("during"),
        "payer": payer,
        "choices": _describe_choices(choices),
        "next": next_invoices(row),
        "group": _group_on(day, choices),
        "status": status_of(row, today(row.account.owner_id)),
        "history": describe_history("subscription", list(entries_of("subscription", row.pk)[:ENTRIES])),
        "crumbs": crumbs_of(row.account),
    }
    return show(request, "subscription.html", context)


@page("POST subscriptions/*/change")
def change(request: PageRequest, subscription: int) -> HttpResponse:
    """Other quantities or prices from a day on (SUB-5)."""
    edits = editing(request, "subscription", subscription)
    row = row_of(subscription)
    items = sorted(row.items.all(), key=lambda item: item.pk)
    form = ChangeForm(items, terms_in_force(items, today(row.account.owner_id)), data=request.POST or None, edits=edits)

    def act() -> object:
        return change_subscription(row.pk, form.cleaned_data["date"], form.changes())

    context = {"name": f"Change {row.number}", "back": address_of(row), "confirm": "Change"}
    return confirmed(request, form, context, lambda: previewed(row, act), act, f"{row.number} is changed.")


@page("POST subscriptions/*/cancel")
def cancel(request: PageRequest, subscription: int) -> HttpResponse:
    """End it on a day (SUB-5)."""
    row = row_of(subscription)
    form = CancelForm(request.POST or None)

    def act() -> object:
        return cancel_subscription(row.pk, form.cleaned_data["date"], form.cleaned_data["prorate"])

    context = {"name": f"End {row.number}", "back": address_of(row), "confirm": "End it", "danger": True}
    return confirmed(request, form, context, lambda: previewed(row, act), act, f"{row.number} ends.")


@page("PUT subscriptions/*/who-pays")
def payer(request: PageRequest, subscription: int) -> HttpResponse:
    """Choose who pays from a day on (WHO-1)."""
    edits = editing(request, "subscription", subscription)
    row = row_of(subscription)
    options = payer_options(row.account, max(today(row.account.owner_id), row.start_date), with_nothing=False)
    account = Option("", "Its account: nobody else is chosen", "", True)
    initial = {"who_pays": _value(who_pays_on([row.pk], today(row.account.owner_id)).get(row.pk))}
    form = PayerForm([account, *options], data=request.POST or None, initial=initial, edits=edits)

    def choose() -> tuple[Any, date | None]:
        return choice_of(form.cleaned_data["who_pays"]), form.cleaned_data["effective_date"]

    def look() -> dict[str, Any]:
        day, preview = preview_payer(row.pk, *choose())
        now, then = describe_payers([preview.now, preview.then], day)
        return {"day": day, "now": now, "then": then} | previewed(row, act)

    def act() -> object:
        return choose_payer(row.pk, *choose())

    context = {"name": f"Who pays for {row.number}", "back": address_of(row), "options": form.options}
    return confirmed(request, form, context, look, act, f"Who pays for {row.number} is chosen.")


def previewed(row: Subscription, act: Callable[[], object]) -> dict[str, Any]:
    """What a change would do to the lines of a subscription on the next invoices."""
    return shown(preview_change(row, act))


def status_of(row: Subscription, day: date) -> str:
    """Served, still to come, or ended on a day."""
    if row.ends_before is not None and row.ends_before <= day:
        return "ended"
    return "pending" if row.start_date > day else "active"


def crumbs_of(account: Account) -> list[tuple[str, str]]:
    """The way to what belongs to an account."""
    return [(f"{account.name} ({account.number})", reverse("account", args=[account.pk]))]


def row_of(number: int) -> Subscription:
    """A subscription in reach with what its pages show."""
    rows = Subscription.reachable.select_related("account__customer", "contract").prefetch_related("items")
    return rows.get(pk=number)


def address_of(row: Subscription) -> str:
    """Its page."""
    return reverse("subscription", args=[row.pk])


def _items(row: Subscription, day: date) -> list[tuple[SubscriptionItem, str, Decimal]]:
    items = sorted(row.items.all(), key=lambda item: item.pk)
    terms = terms_in_force(items, day)
    prices = Price.objects.select_related("product", "meter").in_bulk([price for price, _ in terms.values()])
    return [(item, price_text(prices[terms[item.pk][0]]), terms[item.pk][1]) for item in items]


def describe_agreed_changes(row: Subscription, rows: Sequence[ItemTerms]) -> list[tuple[ItemTerms, str, str]]:
    """What is agreed for later days, with the product of the item and what changes in words (SUB-8)."""
    if not rows:
        return []
    items = {item.pk: item for item in row.items.select_related("price__product")}
    prices = Price.objects.select_related("product", "meter").in_bulk([each.price_id for each in rows if each.price_id])
    found = []
    for each in rows:
        price = "" if each.price_id is None else price_text(prices[each.price_id])
        quantity = "" if each.quantity is None else f"{localized.number(each.quantity)} units"
        says = " and ".join(part for part in (quantity, price) if part)
        found.append((each, items[each.item_id].price.product.name, says))
    return found


def _describe_choices(rows: Sequence[WhoPays]) -> list[tuple[WhoPays, str, str]]:
    """Each choice of a payer with its way and its group or payer."""
    groups = in_scope(SubscriptionGroup, [each.group_id for each in rows])
    return [
        (each, MODES[each.mode], str(each.group.payer) if each.group and each.group_id in groups else "")
        for each in rows
    ]


def _group_on(day: date, rows: Sequence[WhoPays]) -> SubscriptionGroup | None:
    """The group that it is in on the day, if it is reached."""
    group = next((each.group for each in rows if day in each.during), None)
    return group if group is not None and in_scope(SubscriptionGroup, [group.pk]) else None


def _value(held: WhoPays | None) -> str:
    if held is None:
        return ""
    return f"ancestor:{held.group.payer_id}" if held.mode == "ancestor" and held.group else held.mode
