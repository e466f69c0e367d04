"""Let another account be invoiced for an account's charges (BHI-1 to BHI-5)."""

from datetime import date

from django.db import transaction

from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Problems
from banyan.relations.checks import (
    check_effective_date,
    check_not_managed,
    check_not_responsible,
    check_responsible_account,
    check_same_tree,
)
from banyan.relations.edges import RESPONSIBLE_ACCOUNT, lock, refused_by_the_database, set_edge
from banyan.relations.queries import account_roots, managed_links_from, responsible_links_from
from banyan.relations.subjects import day_of_change, linked_account, target_account

_FIELD = "responsible_account"


@transaction.atomic
def assign_responsible_account(
    account_id: int, responsible_account_id: int, effective_date: date | None = None
) -> None:
    """From `effective_date` (default today) on the account is managed by the responsible account.

    Assigning the same one again changes nothing.
    """
    lock(RESPONSIBLE_ACCOUNT)
    account = linked_account(account_id)
    day = day_of_change(effective_date, account.start_date)
    settings, problems = read_settings(), Problems()
    check_effective_date(day, account.start_date, problems)
    responsible = target_account(responsible_account_id, _FIELD, problems)
    if responsible is not None:
        check_responsible_account(account, responsible, settings, _FIELD, problems)
        if responsible.id != account.id:
            check_not_managed(responsible, day, responsible_links_from([responsible.id], day), _FIELD, problems)
        check_not_responsible(account, managed_links_from([account.id], day), _FIELD, problems)
        if settings.restrict_responsible_account_to_account_hierarchy:
            roots = account_roots([account.id, responsible.id], day)
            check_same_tree(roots[account.id], responsible, roots, _FIELD, problems)
    problems.raise_if_any()
    with refused_by_the_database():
        set_edge(RESPONSIBLE_ACCOUNT, account_id, responsible_account_id, day)
