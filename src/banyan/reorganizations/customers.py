"""The customers that a change of the customer hierarchy is about."""

from collections.abc import Collection
from datetime import date

from django.db.models import Min

from banyan.accounts.models import Account, Customer
from banyan.kernel.refusals import unknown
from banyan.relations.edges import CUSTOMER_PARENT
from banyan.relations.spans import spans_below


def moved_customer(customer_id: int) -> Customer:
    """The customer whose parent is changed; refused when there is none."""
    customer = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise unknown("id", f"There is no such customer: {customer_id}.", customer_id)
    return customer


def start_of(customer_id: int) -> date:
    """The day the customer's first account starts: nothing of the customer is earlier (REL-1)."""
    start = Account.objects.filter(customer_id=customer_id).aggregate(first=Min("start_date"))["first"]
    return date.min if start is None else start


def everybody_below(customer_ids: Collection[int], since: date) -> set[int]:
    """The customers themselves and all that are below them on some day from `since` on."""
    return {span.relative for span in spans_below(CUSTOMER_PARENT, customer_ids, since)}
