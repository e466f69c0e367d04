"""Create customers with their first accounts."""

from collections.abc import Sequence

from banyan.accounts.inputs import NewCustomer
from banyan.accounts.models import Customer
from banyan.accounts.opening import again_when_taken, check_new_customers, insert_customers, single
from banyan.kernel.refusals import Refusal


@again_when_taken
def create_customers(new: Sequence[NewCustomer]) -> list[Customer | Refusal]:
    """Create the customers, each with its default account (CUS-6); each result stands at its input's position.

    One refusal stops no other.
    """
    return insert_customers(check_new_customers(new))


def create_customer(new: NewCustomer) -> Customer:
    """Create one customer; raises Refusal."""
    return single(create_customers([new]))
