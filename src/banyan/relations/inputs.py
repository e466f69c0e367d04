"""Changes of relations, and new customers and accounts with their places from their start date on (REL-1)."""

from dataclasses import dataclass
from datetime import date

from banyan.accounts.inputs import NewAccount, NewCustomer

MOVE, STAY = "move", "stay"


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


@dataclass(frozen=True, slots=True)
class NewLink:
    """From `effective_date` (default today) on, until `until` if it is given, `subject` is linked to `target`, by row
    numbers; target None ends what is.

    `children` is for account parents: "move" (default) takes the subtree along, "stay" leaves it with the old parent.
    """

    subject: int
    target: int | None
    effective_date: date | None = None
    until: date | None = None
    children: str = MOVE
