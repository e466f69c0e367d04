"""Changes of relations, and new customers and accounts with their places from their start date on (REL-1)."""

from dataclasses import dataclass, field
from datetime import date

from banyan.foundation.declared.fields import Values
from banyan.kernel.refusals import Problems

MOVE, STAY = "move", "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlacement:
    """A new account, as accounts.fields declares it, with its parent account and responsible account, by row number.

    `problems`: what was found wrong while it was read; nothing else is said of those fields.
    """

    account: Values
    parent: int | None = None
    responsible_account: int | None = None
    problems: Problems = field(default_factory=Problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPlacement:
    """A new customer and its first account, as accounts.fields declares them, with the customer's parent, and the
    account's parent and responsible account, by row number.

    `problems`: what was found wrong while they were read; nothing else is said of those fields.
    """

    customer: Values
    account: Values
    parent: int | None = None
    account_parent: int | None = None
    responsible_account: int | None = None
    problems: Problems = field(default_factory=Problems)


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
