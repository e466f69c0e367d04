"""Pausing, resuming and taking back a subscription, its items and agreed changes, each with what follows (SUB-9)."""

from typing import Any

from django import forms
from django.http import HttpResponse

from banyan.accounts.today import today
from banyan.console import localized
from banyan.console.choices import offer
from banyan.console.confirming import confirmed
from banyan.console.fields import DayField, DecimalText
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, page
from banyan.console.price_texts import price_choices
from banyan.console.subscriptions import address_of, describe_agreed_changes, previewed, row_of
from banyan.engine.facts import PriceType
from banyan.kernel.refusals import unknown
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.actions.resume_subscription import resume_subscription
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.actions.withdraw_change import withdraw_change
from banyan.subscriptions.inputs import NewItem
from banyan.subscriptions.models import ItemTerms


class PauseForm(ActionForm):
    date = DayField(label="From", initial=today, help_text="The first day that is not charged.")
    until = DayField(
        label="Last day", required=False, help_text="The last day that is not charged; blank: until it is resumed."
    )


class ResumeForm(ActionForm):
    date = DayField(label="From", initial=today, help_text="The first day that is charged again.")


class ItemForm(ActionForm):
    """One more item, from a day on."""

    price = forms.TypedChoiceField(coerce=int, widget=forms.Select(attrs={"data-searchable": ""}))
    quantity = DecimalText(initial=1)
    start_date = DayField(label="From", initial=today, help_text="The first day that is charged.")

    def __init__(self, currency: str, **named: Any) -> None:
        super().__init__(**named)
        offer(self, "price", [each for type in PriceType for each in price_choices(currency, type)])


class ItemEndForm(ActionForm):
    date = DayField(label="Ends before", initial=today, help_text="The first day that is no longer served.")


class NothingForm(ActionForm):
    """Nothing but what follows, and the question."""


@page("POST subscriptions/*/pause")
def pause(request: PageRequest, subscription: int) -> HttpResponse:
    """Charge nothing of it for some days."""
    row, form = row_of(subscription), PauseForm(request.POST or None)

    def act() -> object:
        return pause_subscription(row.pk, form.cleaned_data["date"], form.cleaned_data["until"])

    context = {"name": f"Pause {row.number}", "back": address_of(row), "confirm": "Pause"}
    return confirmed(request, form, context, lambda: previewed(row, act), act, f"{row.number} is paused.")


@page("POST subscriptions/*/resume")
def resume(request: PageRequest, subscription: int) -> HttpResponse:
    """Charge it again from a day on."""
    row, form = row_of(subscription), ResumeForm(request.POST or None)

    def act() -> object:
        return resume_subscription(row.pk, form.cleaned_data["date"])

    context = {"name": f"Resume {row.number}", "back": address_of(row), "confirm": "Resume"}
    return confirmed(request, form, context, lambda: previewed(row, act), act, f"{row.number} goes on.")


@page("POST subscriptions/*/uncancel")
def uncancel(request: PageRequest, subscription: int) -> HttpResponse:
    """Let it go on as if it had not been cancelled."""
    row, form = row_of(subscription), NothingForm(request.POST or None)

    def act() -> object:
        return uncancel_subscription(row.pk)

    context = {
        "name": f"Take back the cancellation of {row.number}",
        "back": address_of(row),
        "confirm": "Take it back",
    }
    return confirmed(request, form, context, lambda: previewed(row, act), act, f"{row.number} goes on.")


@page("POST subscriptions/*/items")
def new_item(request: PageRequest, subscription: int) -> HttpResponse:
    """One more item."""
    row = row_of(subscription)
    form = ItemForm(row.account.currency, data=request.POST or None)

    def act() -> object:
        given = form.cleaned_data
        return add_item(row.pk, NewItem(given["price"], given["quantity"]), given["start_date"])

    context = {"name": f"Add an item to {row.number}", "back": address_of(row), "confirm": "Add"}
    return confirmed(request, form, context, lambda: previewed(row, act), act, "The item is added.")


@page("POST subscriptions/*/items/*/end")
def item_end(request: PageRequest, subscription: int, item: int) -> HttpResponse:
    """End an item while the others go on."""
    row, form = row_of(subscription), ItemEndForm(request.POST or None)
    ending = row.items.select_related("price__product").filter(pk=item).first()
    if ending is None:
        raise unknown("item", "There is no such item.", item)

    def act() -> object:
        return end_item(row.pk, item, form.cleaned_data["date"])

    name = f"End {ending.price.product.name} of {row.number}"
    context = {"name": name, "back": address_of(row), "confirm": "End it", "danger": True}
    return confirmed(request, form, context, lambda: previewed(row, act), act, "The item ends.")


@page("DELETE subscriptions/*/changes/*")
def withdraw(request: PageRequest, subscription: int, change: int) -> HttpResponse:
    """Take back a change that was agreed."""
    row, form = row_of(subscription), NothingForm(request.POST or None)
    agreed = describe_agreed_changes(row, list(ItemTerms.objects.filter(pk=change, item__subscription=row)))
    if not agreed:
        raise unknown("change", "There is no such change.", change)
    ((terms, product, says),) = agreed

    def act() -> object:
        return withdraw_change(row.pk, change)

    context = {
        "name": f"Take back a change of {row.number}",
        "about": f"Agreed from {localized.day(terms.since)} on: {product}, {says}.",
        "back": address_of(row),
        "confirm": "Take it back",
    }
    return confirmed(request, form, context, lambda: previewed(row, act), act, "The change is taken back.")
