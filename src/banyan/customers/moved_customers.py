"""The customers that a change of the customer hierarchy is about."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

from django.db.models import Min

from banyan.accounts.models import Account, Customer
from banyan.kernel.refusals import Refusal, unknown
from banyan.organizations.roles_needed import ROLE_TO_RELATE
from banyan.relations import spans
from banyan.relations.edges import CUSTOMER_PARENT
from banyan.relations.payers_in_scope import Act, every_payer_is_in_scope
from banyan.subscriptions.who_comes_to_pay import only_payers_in_scope

MOVED = Act(
    ROLE_TO_RELATE,
    "parent",
    None,
    "For something that the customer has, or one below it, this leads to",
    "let somebody do it who reaches all that are concerned.",
)


def moved_customer(customer_id: int) -> Customer:
    """The customer whose parent is changed; refused when there is none."""
    customer = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise no_such_customer(customer_id)
    return customer


def no_such_customer(customer_id: int) -> Refusal:
    """Why the parent of a customer that there is not isn't changed."""
    return unknown("id", "There is no such customer.", customer_id)


def start_of(customer_id: int) -> date:
    """The day the customer's first account starts: nothing of the customer is earlier (REL-1)."""
    return starts_of([customer_id]).get(customer_id, date.min)


def starts_of(customer_ids: Collection[int]) -> dict[int, date]:
    """The day the first account of each customer starts."""
    accounts = Account.objects.filter(customer_id__in=customer_ids).order_by()
    return dict(accounts.values_list("customer_id").annotate(first=Min("start_date")))


def everybody_below(customer_ids: Collection[int], since: date) -> set[int]:
    """The customers themselves and all that are below them on some day from `since` on."""
    return spans.everybody_below(CUSTOMER_PARENT, customer_ids, since)


@contextmanager
def only_payers_in_scope_after_move(customer_ids: Collection[int], since: date) -> Iterator[None]:
    """Refuse (ORG-3) what the block does if by it somebody out of reach comes to pay for what these customers have, or
    those below them."""
    concerned = () if every_payer_is_in_scope(MOVED.role) else everybody_below(customer_ids, since)
    with only_payers_in_scope(concerned, since, MOVED):
        yield
