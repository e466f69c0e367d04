"""Subscriptions and orders as lists, of one account and of all."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_tables2
from django import forms
from django.db.models import Case, Q, QuerySet, Value
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from banyan.accounts.models import Account
from banyan.accounts.today import days_now, each_on_its_day, today_of_rows
from banyan.console.choices import select
from banyan.console.filters import Filters
from banyan.console.page import PageRequest, page, show, text_in
from banyan.console.resources.columns import Day, Moment
from banyan.console.subscriptions import status_of
from banyan.console.tables import ListTable
from banyan.console.templatetags.console import badge
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions.models import Order, OrderStatus, Subscription
from banyan.subscriptions.queries import groups as groups_in_scope
from banyan.subscriptions.queries import orders as orders_in_scope
from banyan.subscriptions.queries import subscription_payers
from banyan.subscriptions.queries import subscriptions as subscriptions_in_scope

STATUSES = {"active": "Active", "pending": "Pending", "ended": "Ended"}


class ItemsTable(ListTable):
    """What was ordered or is subscribed to, by whom; `page_of_row` shows one of them."""

    page_of_row: ClassVar[str]
    number = django_tables2.Column()
    account = django_tables2.TemplateColumn(
        '<a href="{% url "account" record.account_id %}">{{ record.account }}</a>', order_by="account__number"
    )
    items = django_tables2.TemplateColumn(template_name="console/cells/items.html", orderable=False)

    def render_number(self, value: str, record: Any) -> SafeString:
        """Leads to its page."""
        address = reverse(self.page_of_row, args=[record.pk])
        return format_html('<a class="entry" data-entry href="{}">{}</a>', address, value)


class SubscriptionTable(ItemsTable):
    caption = "Subscriptions"
    page_of_row = "subscription"
    start_date = Day("From")
    end_date = Day("Last day", default="open", order_by="ends_before")
    payer = django_tables2.TemplateColumn(
        template_name="console/cells/payer.html", orderable=False, verbose_name="Paid by", empty_values=()
    )
    group = django_tables2.TemplateColumn(
        '{% if record.group %}<a href="{% url "subscription_group" record.group.pk %}">{{ record.group.name }}</a>'
        "{% endif %}",
        orderable=False,
        empty_values=(),
    )
    status = django_tables2.Column(empty_values=(), orderable=False)

    def look_up(self, records: Sequence[Any]) -> None:
        """Who is chosen to pay today, and in which group."""
        days = days_now()
        day_of = {row.pk: days.of(row.account.owner_id) for row in records}
        chosen = each_on_its_day([row.pk for row in records], day_of, subscription_payers)
        within = in_scope(Account, [each.account_id for each in chosen.values()])
        named = Account.objects.in_bulk(within)
        groups = groups_in_scope().in_bulk({each.group_id for each in chosen.values() if each.group_id is not None})
        for row in records:
            row.day = day_of[row.pk]
            row.group = groups.get(chosen[row.pk].group_id) if row.pk in chosen else None
            row.choice = chosen.get(row.pk)
            row.chosen_payer = named.get(row.choice.account_id) if row.choice else None

    def render_status(self, record: Any) -> str:
        """Served, still to come, or ended."""
        return badge(status_of(record, record.day))


class OrderTable(ItemsTable):
    caption = "Orders"
    page_of_row = "order"
    start_date = Day("Start", default="when activated")
    status = django_tables2.TemplateColumn(template_name="console/cells/status.html")
    created_at = Moment("Created")


class SubscriptionFilters(Filters):
    """What the list shows."""

    status = forms.ChoiceField(choices=[("", "Any status"), *STATUSES.items()], required=False, widget=select())


class OrderFilters(Filters):
    """What the list shows."""

    status = forms.ChoiceField(choices=[("", "Any status"), *OrderStatus.choices], required=False, widget=select())


@page("GET subscriptions")
def subscriptions(request: PageRequest) -> HttpResponse:
    """All subscriptions, newest first; found by number, or by whose they are."""
    filters = SubscriptionFilters(request.GET)
    q, status = text_in(request, "q"), filters.asked().get("status")
    rows = _of_whom(subscriptions_of(), q)
    if status:
        rows = rows.filter(_is(status, today_of_rows("account__owner")))
    context = {"q": q, "filters": filters, "table": SubscriptionTable(request, rows), "is_filtered": bool(q or status)}
    return show(request, "subscriptions.html", context)


@page("GET orders")
def orders(request: PageRequest) -> HttpResponse:
    """All orders, newest first; found by number, or by whose they are."""
    filters = OrderFilters(request.GET)
    q, status = text_in(request, "q"), filters.asked().get("status")
    rows = _of_whom(orders_of(), q)
    if status:
        rows = rows.filter(status=status)
    context = {"q": q, "filters": filters, "table": OrderTable(request, rows), "is_filtered": bool(q or status)}
    return show(request, "orders.html", context)


def subscriptions_of(**whose: int) -> QuerySet[Subscription]:
    """Subscriptions with what their list shows, newest first."""
    return subscriptions_in_scope().filter(**whose).prefetch_related("items__price__product").order_by("-id")


def orders_of(**whose: int) -> QuerySet[Order]:
    """Orders with what their list shows, newest first."""
    rows = orders_in_scope().filter(**whose).select_related("account")
    return rows.prefetch_related("items__price__product").order_by("-id")


def _of_whom(rows: QuerySet[Any], q: str) -> QuerySet[Any]:
    if not q:
        return rows
    whose = Q(account__number__istartswith=q) | Q(account__name__icontains=q)
    return rows.filter(Q(number__istartswith=q) | whose)


def _is(status: str, day: Value | Case) -> Q:
    if status == "ended":
        return Q(ends_before__lte=day)
    begun = Q(start_date__gt=day) if status == "pending" else Q(start_date__lte=day)
    return begun & (Q(ends_before__isnull=True) | Q(ends_before__gt=day))
