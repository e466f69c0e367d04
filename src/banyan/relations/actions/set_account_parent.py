"""Give an account a parent account, or another one (AHI-1 to AHI-4)."""

from datetime import date

from django.db import transaction

from banyan.accounts import values
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Problems
from banyan.relations.checks import check_account_parent, check_effective_date, check_no_cycle
from banyan.relations.edges import ACCOUNT_PARENT, hand_over, lock, refused_by_the_database, set_edge
from banyan.relations.queries import parent_accounts_on
from banyan.relations.spans import spans_above
from banyan.relations.subjects import day_of_change, linked_account, target_account

MOVE, STAY = "move", "stay"


@transaction.atomic
def set_account_parent(
    account_id: int, parent_id: int, effective_date: date | None = None, children: str = MOVE
) -> None:
    """From `effective_date` (default today) on the account is below the parent. Who pays never changes.

    `children`: "move" takes the account's subtree along, "stay" leaves its children with the old parent, without any if
    there is none (AHI-4). Setting the same parent again changes nothing.
    """
    lock(ACCOUNT_PARENT)
    account = linked_account(account_id)
    day = day_of_change(effective_date, account.start_date)
    problems = Problems()
    check_effective_date(day, account.start_date, problems)
    values.choice((MOVE, STAY), "AHI-4")("children", children, problems)
    parent = target_account(parent_id, "parent", problems)
    if parent is not None:
        check_account_parent(account, parent, read_settings(), "parent", problems)
    problems.raise_if_any()
    with refused_by_the_database():
        old_parent = parent_accounts_on([account_id], day).get(account_id)
        if children == STAY and old_parent != parent_id:
            hand_over(ACCOUNT_PARENT, account_id, old_parent, day)
        check_no_cycle(account_id, spans_above(ACCOUNT_PARENT, [parent_id], day), "parent", "account", problems)
        problems.raise_if_any()
        set_edge(ACCOUNT_PARENT, account_id, parent_id, day)
