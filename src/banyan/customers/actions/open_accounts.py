"""Open accounts in their place: linked from the start date on, and the default account where it can be that."""

from collections.abc import Sequence

from banyan.accounts.models import Account
from banyan.accounts.opening import (
    AccountOpening,
    check_new_accounts,
    insert_accounts,
    retry_on_unique_violation,
    single,
)
from banyan.customers.new_defaults import NewDefault, check_new_defaults
from banyan.kernel.refusals import Refusal
from banyan.relations.inputs import AccountPlacement
from banyan.relations.placing import (
    PlacedAccount,
    check_placed_accounts,
    lock_relations,
    place_accounts,
)


@retry_on_unique_violation
def open_accounts(placements: Sequence[AccountPlacement]) -> list[Account | Refusal]:
    """Open the accounts; each result stands at its input's position, and one refusal stops no other."""
    lock_relations(
        customer_parents=any(each.account.get("is_default") is True for each in placements),
        account_parents=any(each.parent is not None for each in placements),
        responsible_accounts=any(each.responsible_account is not None for each in placements),
    )
    openings = [AccountOpening(each.account, each.problems.copy()) for each in placements]
    check_new_accounts(openings)
    placed = [
        PlacedAccount(opening, each.parent, each.responsible_account)
        for opening, each in zip(openings, placements, strict=True)
    ]
    check_placed_accounts(placed)
    check_new_defaults(
        [
            NewDefault(opening.account, opening.problems)
            for opening in openings
            if opening.account is not None and opening.account.is_default
        ]
    )
    results = insert_accounts(openings)
    place_accounts(placed)
    return results


def open_account(placement: AccountPlacement) -> Account:
    """Open one account in its place; raises Refusal."""
    return single(open_accounts([placement]))
