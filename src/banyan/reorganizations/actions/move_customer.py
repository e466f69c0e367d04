"""Give a customer a parent, or another one, with all that follows for who pays (CHI-1, CHI-2, WHO-1)."""

from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Problems
from banyan.relations.checks import (
    check_customer_links_allowed,
    check_depth,
    check_effective_date,
    check_no_cycle,
    check_same_owner_of_customers,
)
from banyan.relations.edges import CUSTOMER_PARENT, lock, refused_by_the_database, set_edge
from banyan.relations.spans import spans_above, spans_below
from banyan.relations.subjects import day_of_change
from banyan.reorganizations.customers import everybody_below, moved_customer, start_of
from banyan.reorganizations.rederiving import rederive_payers

_FIELD = "parent"


@transaction.atomic
def move_customer(customer_id: int, parent_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on the customer, with everybody below it, is below the parent.

    Subscriptions below that the parent or eldest ancestor pays for go to the new one's default group; those with
    a named payer that is no longer an ancestor are paid by their accounts again. The same parent again changes nothing.
    """
    lock(CUSTOMER_PARENT)
    moved_customer(customer_id)
    start = start_of(customer_id)
    day = day_of_change(effective_date, start)
    problems = Problems()
    check_effective_date(day, start, problems)
    check_customer_links_allowed(read_settings(), _FIELD, problems)
    accounts = {
        account.customer_id: account
        for account in Account.objects.filter(customer_id__in=[customer_id, parent_id], is_default=True)
    }
    if parent_id not in accounts:
        problems.add(_FIELD, "unknown", f"There is no such customer: {parent_id}.", None, parent_id)
    else:
        check_same_owner_of_customers(accounts[customer_id], accounts[parent_id], _FIELD, problems)
        above = spans_above(CUSTOMER_PARENT, [parent_id], day)
        check_no_cycle(customer_id, above, _FIELD, "customer", problems)
        if not problems.found:
            below = spans_below(CUSTOMER_PARENT, [customer_id], day)
            check_depth(above, below, day, _FIELD, problems)
    problems.raise_if_any()
    with refused_by_the_database():
        if set_edge(CUSTOMER_PARENT, customer_id, parent_id, day):
            rederive_payers(everybody_below([customer_id], day), day, problems)
