"""Hierarchy pictures (CON-6): the tree of an account or customer, drawn or as a table, on any day."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from banyan.accounts.models import Account, Customer
from banyan.accounts.today import today_of_account, today_of_customer
from banyan.console.drawing import address_of, as_json, as_rows, span_of
from banyan.console.page import PageRequest, day_in, page, show
from banyan.customers.trees import (
    TreeView,
    days_of_change_of_account,
    days_of_change_of_customer,
    tree_with_account,
    tree_with_customer,
)


@page()
def account_hierarchy(request: PageRequest, account: int) -> HttpResponse:
    """The tree that the account is in."""
    return _page(request, Account.reachable.get(pk=account), "account", tree_with_account, days_of_change_of_account)


@page()
def customer_hierarchy(request: PageRequest, customer: int) -> HttpResponse:
    """The hierarchy that the customer is in."""
    row = Customer.reachable.get(pk=customer)
    return _page(request, row, "customer", tree_with_customer, days_of_change_of_customer)


@page()
def account_picture(request: PageRequest, account: int) -> HttpResponse:
    """What the browser draws."""
    day = day_in(request, "on") or today_of_account(account)
    return JsonResponse(as_json(tree_with_account(account, day), "account"))


@page()
def customer_picture(request: PageRequest, customer: int) -> HttpResponse:
    """What the browser draws."""
    day = day_in(request, "on") or today_of_customer(customer)
    return JsonResponse(as_json(tree_with_customer(customer, day), "customer"))


def _page(
    request: PageRequest,
    row: Account | Customer,
    kind: str,
    picture_of: Callable[[int, date], TreeView],
    days_of: Callable[[int, date], list[date]],
) -> HttpResponse:
    now = today_of_account(row.pk) if kind == "account" else today_of_customer(row.pk)
    day = day_in(request, "on") or now
    days = days_of(row.pk, day)
    as_table = request.GET.get("as") == "table"
    context: dict[str, Any] = {
        "row": row,
        "kind": kind,
        "on": day,
        "days": days,
        "span": span_of(days, day, now),
        "as_table": as_table,
        "crumbs": [(f"{row.name} ({row.number})", address_of(kind, row.pk))],
        "picture_from": f"{reverse(f'{kind}_picture', args=[row.pk])}?on={day.isoformat()}",
    }
    if as_table:
        picture = picture_of(row.pk, day)
        context |= {"rows": as_rows(picture, kind), "size": picture.size}
    return show(request, "hierarchy.html", context)
