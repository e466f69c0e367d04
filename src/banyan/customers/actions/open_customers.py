"""Create customers in their place: parent customer, and the parent and responsible account of their first account."""

from collections.abc import Sequence

from banyan.accounts.models import Customer
from banyan.accounts.opening import check_new_customers, insert_customers, retry_on_unique_violation, single
from banyan.kernel.refusals import Refusal
from banyan.relations.inputs import CustomerPlacement
from banyan.relations.placing import (
    PlacedAccount,
    PlacedCustomer,
    check_placed_accounts,
    check_placed_customers,
    lock_relations,
    place_accounts,
    place_customers,
)


@retry_on_unique_violation
def open_customers(placements: Sequence[CustomerPlacement]) -> list[Customer | Refusal]:
    """Create the customers; each result stands at its input's position, and one refusal stops no other."""
    lock_relations(
        customer_parents=any(each.parent is not None for each in placements),
        account_parents=any(each.account_parent is not None for each in placements),
        responsible_accounts=any(each.responsible_account is not None for each in placements),
    )
    openings = check_new_customers([(each.customer, each.account, each.problems.copy()) for each in placements])
    customers = [PlacedCustomer(opening, each.parent) for opening, each in zip(openings, placements, strict=True)]
    accounts = [
        PlacedAccount(opening.first, each.account_parent, each.responsible_account)
        for opening, each in zip(openings, placements, strict=True)
    ]
    check_placed_customers(customers)
    check_placed_accounts(accounts)
    results = insert_customers(openings)
    place_customers(customers)
    place_accounts(accounts)
    return results


def open_customer(placement: CustomerPlacement) -> Customer:
    """Create one customer in its place; raises Refusal."""
    return single(open_customers([placement]))
