"""Let a managed account be invoiced itself again (BHI-3)."""

from datetime import date

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.relations.checks import check_effective_date
from banyan.relations.edges import RESPONSIBLE_ACCOUNT, end_edge, lock
from banyan.relations.subjects import day_of_change, linked_account


@transaction.atomic
def remove_responsible_account(account_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on nobody is responsible for the account.

    Works with the setting off. Refused when it is not managed then.
    """
    lock(RESPONSIBLE_ACCOUNT)
    account = linked_account(account_id)
    day = day_of_change(effective_date, account.start_date)
    problems = Problems()
    check_effective_date(day, account.start_date, problems)
    problems.raise_if_any()
    end_edge(RESPONSIBLE_ACCOUNT, account_id, day)
