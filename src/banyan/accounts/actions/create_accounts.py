"""Open further accounts of customers that exist."""

from collections.abc import Sequence

from banyan.accounts.inputs import NewAccount
from banyan.accounts.models import Account
from banyan.accounts.opening import again_when_taken, check_new_accounts, insert_accounts, single
from banyan.kernel.refusals import Refusal


@again_when_taken
def create_accounts(new: Sequence[NewAccount]) -> list[Account | Refusal]:
    """Open the accounts; each result stands at its input's position, and one refusal stops no other.

    A default (CUS-6) or primary (ORG-5) account takes the flag from the one that had it.
    """
    return insert_accounts(check_new_accounts(new))


def create_account(new: NewAccount) -> Account:
    """Open one account; raises Refusal."""
    return single(create_accounts([new]))
