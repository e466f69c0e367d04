"""Account page (CON-3): a summary, and a tab for each kind of thing that an account has."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse

from banyan.accounts.models import Account, CustomSubject
from banyan.accounts.queries import contacts_of, notes_of
from banyan.billruns.queries import pending_charges
from banyan.catalog.queries import discounts, tax_exemptions
from banyan.console.page import PageRequest, page, show
from banyan.console.told import custom_values, history_of, lines_of_address
from banyan.contracts.queries import contracts
from banyan.foundation.clock import today
from banyan.foundation.queries import read_settings
from banyan.invoices.queries import invoices, number_of
from banyan.kernel.calendar import Frequency, next_billing_date
from banyan.ledger.queries import balances
from banyan.organizations.reach import reached
from banyan.relations.queries import (
    managed_accounts_on,
    parent_accounts_on,
    responsible_accounts_on,
    roles_on,
    with_parent,
)
from banyan.subscriptions.queries import charges, orders, subscription_payers, subscriptions

MOST = 100
TABS = (
    ("summary", "Summary"),
    ("orders", "Orders"),
    ("services", "Services"),
    ("invoices", "Invoices"),
    ("adjustments", "Adjustments"),
    ("pending", "Pending charges"),
    ("exemptions", "Tax exemptions"),
    ("contracts", "Contracts"),
)
DETAILS = (
    ("notes", "Notes"),
    ("contacts", "Contacts"),
    ("children", "Child accounts"),
    ("managed", "Managed accounts"),
    ("history", "History"),
)


@page()
def account(request: PageRequest, account: int, tab: str = "summary") -> HttpResponse:
    """The page of an account, with one of its tabs."""
    if tab not in READ:
        raise Http404
    related = ("customer", "bill_cycle", "organization", "owner", "type", "category", "payment_term")
    row = Account.reachable.select_related(*related).get(pk=account)
    context = _head(row) | {"tab": tab, "tabs": TABS} | READ[tab](request, row)
    return show(request, f"account/{tab}.html", context)


def _head(row: Account) -> dict[str, Any]:
    """What stands above every tab."""
    day = today()
    owed = balances([row.pk]).get(row.pk, {})
    responsible = responsible_accounts_on([row.pk], day).get(row.pk)
    parent = parent_accounts_on([row.pk], day).get(row.pk)
    named = Account.objects.in_bulk(reached(Account, [responsible, parent]))
    return {
        "account": row,
        "customer": row.customer,
        "settings": read_settings(),
        "balance": owed.get(row.currency, Decimal(0)),
        "other_balances": [(currency, owed[currency]) for currency in sorted(owed) if currency != row.currency],
        "role": roles_on([row.pk], day).get(row.pk),
        "is_managed": responsible is not None,
        "is_child": parent is not None,
        "responsible": named.get(responsible),
        "parent": named.get(parent),
    }


def _summary(request: PageRequest, row: Account) -> dict[str, Any]:
    detail = request.GET.get("detail", "notes")
    detail = detail if detail in READ_DETAIL else "notes"
    return {
        "next_invoice": _next_invoice_date(row),
        "billing_address": lines_of_address(row.billing_address or row.customer.billing_address),
        "shipping_address": lines_of_address(row.shipping_address or row.customer.shipping_address),
        "custom": custom_values(CustomSubject.ACCOUNT, row.custom_fields),
        "discounts": list(discounts(today()).filter(account=row.pk)),
        "details": DETAILS,
        "detail": detail,
        "detail_template": f"console/account/details/{detail}.html",
        **READ_DETAIL[detail](row),
    }


def _next_invoice_date(row: Account) -> Any:
    cycle = row.bill_cycle
    return next_billing_date(cycle.start_date, Frequency(cycle.frequency), max(today(), row.start_date))


def _notes(row: Account) -> dict[str, Any]:
    return {"notes": list(notes_of(row.pk).order_by("-id")[:MOST])}


def _contacts(row: Account) -> dict[str, Any]:
    return {"contacts": list(contacts_of(row.pk).select_related("category").order_by("id")[:MOST])}


def _children(row: Account) -> dict[str, Any]:
    children = with_parent(Account.reachable.all(), row.pk, today()).order_by("number")[:MOST]
    return _with_balances(list(children))


def _managed(row: Account) -> dict[str, Any]:
    return _with_balances(list(managed_accounts_on(row.pk, today()).order_by("number")[:MOST]))


def _with_balances(rows: list[Account]) -> dict[str, Any]:
    owed = balances([each.pk for each in rows])
    return {"accounts": [(each, owed.get(each.pk, {}).get(each.currency, Decimal(0))) for each in rows]}


def _history(row: Account) -> dict[str, Any]:
    return {"history": history_of("account", row.pk)}


def _orders(request: PageRequest, row: Account) -> dict[str, Any]:
    rows = orders().filter(account=row.pk).prefetch_related("items__price__product").order_by("-id")
    return {"orders": list(rows[:MOST])}


def _services(request: PageRequest, row: Account) -> dict[str, Any]:
    rows = list(subscriptions().filter(account=row.pk).prefetch_related("items__price__product").order_by("-id")[:MOST])
    payers = subscription_payers([each.pk for each in rows], today())
    within = reached(Account, [payer.account_id for payer in payers.values()])
    named = Account.objects.in_bulk(within)
    return {
        "subscriptions": [
            (each, payers.get(each.pk), named.get(payers[each.pk].account_id) if each.pk in payers else None)
            for each in rows
        ],
        "today": today(),
    }


def _invoices(request: PageRequest, row: Account) -> dict[str, Any]:
    rows = invoices().filter(account=row.pk).order_by("-invoice_date", "-id")[:MOST]
    return {"invoices": [(each, number_of(each)) for each in rows]}


def _adjustments(request: PageRequest, row: Account) -> dict[str, Any]:
    return {"charges": list(charges().filter(account=row.pk).order_by("-date", "-id")[:MOST])}


def _pending(request: PageRequest, row: Account) -> dict[str, Any]:
    day = _next_invoice_date(row)
    lines = pending_charges(row.pk, day)
    within = reached(Account, {each.line.account_id for each in lines} | {each.bill.payer.id for each in lines})
    return {
        "billing_date": day,
        "lines": [each.line for each in lines[:MOST]],
        "hidden": max(0, len(lines) - MOST),
        "total": sum((each.line.total for each in lines), Decimal(0)),
        "names": Account.objects.in_bulk(within),
    }


def _exemptions(request: PageRequest, row: Account) -> dict[str, Any]:
    return {"exemptions": list(tax_exemptions().filter(account=row.pk).order_by("-id")[:MOST])}


def _contracts(request: PageRequest, row: Account) -> dict[str, Any]:
    return {"contracts": list(contracts(today()).filter(account=row.pk).order_by("-start_date")[:MOST])}


READ: dict[str, Callable[[PageRequest, Account], dict[str, Any]]] = {
    "summary": _summary,
    "orders": _orders,
    "services": _services,
    "invoices": _invoices,
    "adjustments": _adjustments,
    "pending": _pending,
    "exemptions": _exemptions,
    "contracts": _contracts,
}
READ_DETAIL: dict[str, Callable[[Account], dict[str, Any]]] = {
    "notes": _notes,
    "contacts": _contacts,
    "children": _children,
    "managed": _managed,
    "history": _history,
}
