"""Make an account the root of its tree (AHI-1)."""

from datetime import date

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.relations.checks import check_effective_date
from banyan.relations.edges import ACCOUNT_PARENT, end_edge, lock
from banyan.relations.subjects import day_of_change, linked_account


@transaction.atomic
def remove_account_parent(account_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on the account has no parent; its subtree stays below it.

    Works with the setting off. Refused when it has no parent then.
    """
    lock(ACCOUNT_PARENT)
    account = linked_account(account_id)
    day = day_of_change(effective_date, account.start_date)
    problems = Problems()
    check_effective_date(day, account.start_date, problems)
    problems.raise_if_any()
    end_edge(ACCOUNT_PARENT, account_id, day)
