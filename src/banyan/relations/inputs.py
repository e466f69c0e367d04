"""New customers and accounts together with their place in the hierarchies from their start date on (REL-1)."""

from dataclasses import dataclass

from banyan.accounts.inputs import NewAccount, NewCustomer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlacement:
    """A new account with its parent account and responsible account, by row number."""

    account: NewAccount
    parent: int | None = None
    responsible_account: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPlacement:
    """A new customer with its parent customer, and the parent and responsible account of its first account."""

    customer: NewCustomer
    parent: int | None = None
    account_parent: int | None = None
    responsible_account: int | None = None
