"""Customers."""

from datetime import datetime

from banyan.accounts.fields import CUSTOMER
from banyan.api.bodies import Body
from banyan.api.declared import shows, takes
from banyan.api.fields import Answer, CustomerId, not_named
from banyan.api.schemas.accounts import NewAccountFields


@takes(CUSTOMER, new=True, also=("account",))
class NewCustomer(Body):
    """CUS-1 to CUS-6. A service or shipping address that is not given is the billing address."""

    account: NewAccountFields = not_named()
    parent: CustomerId | None = not_named()


@takes(CUSTOMER)
class CustomerChanges(Body):
    """Only what is named changes."""


@shows(CUSTOMER)
class CustomerAnswer(Answer):
    """A customer with its name, its default account and, today, its parent."""

    id: str
    name: str
    parent: str | None
    default_account: str | None
    created_at: datetime
