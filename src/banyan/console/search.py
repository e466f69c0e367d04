"""Search (CON-1): customers and accounts by number, external number, name, e-mail, as you type."""

from collections.abc import Sequence
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.loader import render_to_string

from banyan.accounts.models import Account, Customer
from banyan.accounts.queries import accounts, customers
from banyan.accounts.searching.numbers import first_rows_by_number, first_with_numbers_in_front
from banyan.accounts.searching.words import Row
from banyan.console.page import PageRequest, page, show, text_in
from banyan.console.tables import ROWS_OF_A_PAGE, ListTable, number_of_page
from banyan.foundation.queries import read_settings

QUICK_ANSWERS = 6
MOST_FOUND = 1_000
"""Rows that are shown of what is found, unless an order is asked for: those most likely meant stand first, and what
follows may be hundreds of thousands, which nobody looks at.
"""


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
    table, has_more = _table(request, tab, q)
    context = {"q": q, "tab": tab, "has_customers": has_customers, "table": table, "most": has_more and MOST_FOUND}
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


def _table(request: PageRequest, tab: str, q: str) -> tuple[ListTable, bool]:
    """What is found, and whether there is more of it than is listed."""
    if not q or "sort" in request.GET:
        kind, find = (CustomerTable, customers) if tab == "customers" else (AccountTable, accounts)
        return kind(request, find(q).order_by("number")), False
    if tab == "customers":
        found: Sequence[Any] = _first_found(request, customers(""), Customer, q)
        return CustomerTable(request, found[:MOST_FOUND]), len(found) > MOST_FOUND
    found = _first_found(request, accounts(""), Account, q)
    return AccountTable(request, found[:MOST_FOUND]), len(found) > MOST_FOUND


def _first_found(request: PageRequest, rows: QuerySet[Row], model: type[Row], q: str) -> list[Row]:
    """The rows up to the page that is asked for, and one more."""
    count = min(number_of_page(request) * ROWS_OF_A_PAGE, MOST_FOUND) + 1
    return first_with_numbers_in_front(rows, model.objects.all(), count, q)
