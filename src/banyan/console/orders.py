"""An order (SUB-1): what is to be subscribed to, activating it, giving it up."""

from typing import Any, cast

from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Customer
from banyan.accounts.today import today
from banyan.billruns.actions.preview_change import preview_start
from banyan.console import localized
from banyan.console.confirming import asked
from banyan.console.page import PageRequest, page, show
from banyan.console.payer_options import MODES
from banyan.console.price_texts import price_text
from banyan.console.subscriptions import crumbs_of
from banyan.contracts.models import Contract
from banyan.kernel.refusals import Refusal
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.cancel_order import cancel_order
from banyan.subscriptions.actions.delete_order import delete_order
from banyan.subscriptions.models import Order, OrderStatus, Subscription, SubscriptionGroup


@page("GET orders/*")
def order(request: PageRequest, order: int) -> HttpResponse:
    """What was ordered, for whom, and what came of it."""
    row = _row(order)
    items = row.items.select_related("price__product", "price__meter").order_by("pk")
    context = {
        "order": row,
        "items": [(price_text(each.price), each.price, each.quantity) for each in items],
        "way": MODES.get(row.who_pays_mode or ""),
        "payer": row.payer if in_scope(Customer, [row.payer_id]) else None,
        "group": row.group if in_scope(SubscriptionGroup, [row.group_id]) else None,
        "contract": row.contract if in_scope(Contract, [row.contract_id]) else None,
        "is_draft": row.status == OrderStatus.DRAFT,
        "crumbs": [("Orders", reverse("order_list")), *crumbs_of(row.account)],
    }
    return show(request, "order.html", context)


@page("POST orders/*/activate")
def activate(request: PageRequest, order: int) -> HttpResponse:
    """Asks, then subscribes the account to what was ordered."""
    row = _row(order)
    start = row.start_date or today(row.account.owner_id)
    context = _question(row, f"Activate {row.number}?", "Activate")
    context |= {"starts": start, "items": row.items.select_related("price__product").order_by("pk")}
    if request.method != "POST":
        context |= _first_invoice(order)
    said = f"{row.number} is active: its subscription starts on {localized.day(start)}."
    return asked(request, context, lambda: activate_order(order), said, context["back"], "activate_order.html")


@page("POST orders/*/cancel")
def cancel(request: PageRequest, order: int) -> HttpResponse:
    """Asks, then gives up a draft."""
    row = _row(order)
    context = _question(row, f"Cancel {row.number}?", "Cancel the order", danger=True)
    context["says"] = "Nothing comes of it any more; it stays in the list as cancelled. This can't be undone."
    return asked(request, context, lambda: cancel_order(order), f"{row.number} is cancelled.", context["back"])


@page("DELETE orders/*")
def delete(request: PageRequest, order: int) -> HttpResponse:
    """Asks, then deletes an order that nothing came of."""
    row = _row(order)
    context = _question(row, f"Delete {row.number}?", "Delete", danger=True)
    context["says"] = "The order is gone; nothing came of it. This can't be undone."
    return asked(request, context, lambda: delete_order(order), f"{row.number} is deleted.", "order_list")


def _first_invoice(order: int) -> dict[str, Any]:
    """What the subscription would be billed first; why it would be refused, if it would."""
    try:
        return {"next": preview_start(lambda: cast(Subscription, activate_order(order).subscription))}
    except Refusal as refusal:
        return {"problems": refusal.problems}


def _question(row: Order, question: str, text: str, danger: bool = False) -> dict[str, Any]:
    return {"question": question, "text": text, "danger": danger, "back": reverse("order", args=[row.pk])}


def _row(number: int) -> Order:
    related = ("account__customer", "payer", "group", "contract", "subscription")
    return Order.reachable.select_related(*related).get(pk=number)
