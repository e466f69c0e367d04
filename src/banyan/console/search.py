"""Search (CON-1): customers and accounts by number, external number, name, e-mail, as you type."""

from collections.abc import Callable, Sequence
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.loader import render_to_string

from banyan.accounts.models import Account, Customer
from banyan.accounts.queries import accounts, customers
from banyan.accounts.searching import Row, first_rows_by_number, first_with_numbers_in_front
from banyan.console.page import PageRequest, page, show, text_in
from banyan.console.tables import ROWS_OF_A_PAGE, ListTable, number_of_page
from banyan.foundation.queries import read_settings

QUICK_ANSWERS = 6
MOST_IN_FRONT = 1_000
"""Rows of the first pages, on which those stand first that were most likely meant."""


class CustomerTable(ListTable):
    caption = "Customers"
    customer = django_tables2.TemplateColumn(
        template_name="console/cells/customer.html", order_by="name", verbose_name="Customer"
    )
    external_number = django_tables2.Column(default="")
    primary_email = django_tables2.Column(verbose_name="E-mail")
    city = django_tables2.Column(accessor="billing_address__city", orderable=False, default="")
    kind = django_tables2.Column(accessor="get_kind_display", order_by="kind")


class AccountTable(ListTable):
    caption = "Accounts"
    account = django_tables2.TemplateColumn(
        template_name="console/cells/account.html", order_by="name", verbose_name="Account"
    )
    customer = django_tables2.Column(accessor="customer__name", verbose_name="Customer")
    external_number = django_tables2.Column(default="")
    contact_email = django_tables2.Column(verbose_name="E-mail")
    currency = django_tables2.Column()
    status = django_tables2.TemplateColumn(template_name="console/cells/status.html")


@page()
def search(request: PageRequest) -> HttpResponse:
    """A tab for customers and one for accounts; only accounts where each customer has one anyhow (CUS-7)."""
    has_customers = read_settings().allow_multi_customer_accounts
    tab = "customers" if has_customers and request.GET.get("in", "customers") == "customers" else "accounts"
    q = text_in(request, "q")
    context = {"q": q, "tab": tab, "has_customers": has_customers, "table": _table(request, tab, q)}
    return show(request, "search.html", context)


@page()
def quick(request: PageRequest) -> HttpResponse:
    """What the field at the top of every page finds."""
    q = text_in(request, "q")
    context: dict[str, Any] = {"q": q}
    if q:
        multiple = read_settings().allow_multi_customer_accounts
        everybody, every_account = Customer.objects.all(), Account.objects.all()
        context["customers"] = (
            first_rows_by_number(Customer.reachable.all(), everybody, QUICK_ANSWERS, q) if multiple else []
        )
        context["accounts"] = first_rows_by_number(Account.reachable.all(), every_account, QUICK_ANSWERS, q)
    return HttpResponse(render_to_string("console/quick_answers.html", context, request))


def _table(request: PageRequest, tab: str, q: str) -> ListTable:
    if tab == "customers":
        return CustomerTable(request, _found(request, customers, Customer, q))
    return AccountTable(request, _found(request, accounts, Account, q))


def _found(
    request: PageRequest, find: Callable[[str], QuerySet[Row]], model: type[Row], q: str
) -> QuerySet[Row] | Sequence[Row]:
    """All that are found where another order is asked for or the page is far; otherwise those up to that page, the ones
    whose number begins with what was typed first: what follows may be hundreds of thousands, which nobody looks at.
    """
    shown = number_of_page(request) * ROWS_OF_A_PAGE + 1
    if not q or "sort" in request.GET or shown > MOST_IN_FRONT:
        return find(q).order_by("number")
    return first_with_numbers_in_front(find(""), model.objects.all(), shown, q)
