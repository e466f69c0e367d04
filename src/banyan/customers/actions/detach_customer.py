"""Take a customer out from under its parent (CHI-4)."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.accounts.today import today_of_customer
from banyan.customers.moved_customers import (
    everybody_below,
    moved_customer,
    only_payers_in_scope_after_move,
    start_of,
)
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import name_in_scope
from banyan.relations.checks import check_effective_date
from banyan.relations.edges import CUSTOMER_PARENT, end_edge, lock
from banyan.relations.subjects import day_of_change
from banyan.subscriptions.models import SubscriptionGroup, WhoPays
from banyan.subscriptions.payer_dates import PayerChange, change_payers

_IN_THE_WAY = (InvoiceStatus.OPEN, InvoiceStatus.VOID, InvoiceStatus.DRAFT)


@transaction.atomic
def detach_customer(customer_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on the customer has no parent, and what is below it stays below it.

    Its subscriptions leave their groups, and so do those of customers below it whose payer is above it. Refused while
    one of these groups has an open, void or draft invoice (CHI-4). Works with the setting off.
    """
    lock(CUSTOMER_PARENT)
    moved_customer(customer_id)
    start = start_of(customer_id)
    day = day_of_change(effective_date, start, today_of_customer(customer_id))
    problems = Problems()
    check_effective_date(day, start, problems)
    problems.raise_if_any()
    with only_payers_in_scope_after_move([customer_id], day):
        _detach(customer_id, day)


def _detach(customer_id: int, day: date) -> None:
    problems = Problems()
    end_edge(CUSTOMER_PARENT, customer_id, day)
    memberships = _memberships_that_end(customer_id, day)
    _check_invoices({row.group_id for row in memberships if row.group_id is not None}, problems)
    problems.raise_if_any()
    first_days: dict[int, date] = {}
    for row in memberships:
        first_days.setdefault(row.subscription_id, max(day, row.during.lower))
    change_payers([PayerChange(subscription, since, None, None) for subscription, since in first_days.items()])


def _memberships_that_end(customer_id: int, day: date) -> list[WhoPays]:
    """The group memberships of the customer, and of everybody below it with a payer outside, from the day on."""
    below = everybody_below([customer_id], day)
    rows = WhoPays.objects.select_related("group", "subscription__account").filter(
        subscription__account__customer_id__in=below, group__isnull=False, during__overlap=DateRange(day, None)
    )
    return [
        row
        for row in rows.order_by("subscription_id", "during")
        if row.subscription.account.customer_id == customer_id or (row.group and row.group.payer_id not in below)
    ]


def _check_invoices(groups: Collection[int], problems: Problems) -> None:
    found = Invoice.objects.filter(group_id__in=groups, status__in=_IN_THE_WAY)
    named = SubscriptionGroup.objects.in_bulk(groups)
    for number, status in found.order_by("group__name", "status").values_list("group_id", "status").distinct():
        group = name_in_scope(named[number], "of another organization")
        message = f"The group {group}, which a subscription would leave, has an invoice that is {status}."
        problems.add("parent", "group_has_invoices", message, "CHI-4", group, Kind.CONFLICT)
