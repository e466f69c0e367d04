"""Give accounts a parent account, another one, or none, and let billing take notice (AHI-1, POO-1)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.accounts.today import days_now
from banyan.kernel.refusals import Refusal
from banyan.relations.account_parents import link_account_parents
from banyan.relations.inputs import MOVE, NewLink
from banyan.relations.subjects import day_of_change
from banyan.subscriptions.marking import mark_trees_changed


@transaction.atomic
def set_account_parents(new: Sequence[NewLink]) -> list[Refusal | None]:
    """Each account is below its target from its day on, or below none; a refusal at a position stops no other.

    The pools of periods that are billed are looked at again, those of the tree left as well as those of the tree
    entered: the next run bills what that makes different (POO-1 takes the tree as on a period's last day).
    """
    accounts, days = Account.objects.in_bulk({link.subject for link in new}), days_now()
    since: dict[int, date] = {}
    for link in new:
        if account := accounts.get(link.subject):
            day = day_of_change(link.effective_date, account.start_date, days.of(account.owner_id))
            since[link.subject] = min(day, since.get(link.subject, day))
    mark_trees_changed(since)
    results = link_account_parents(new)
    mark_trees_changed(since)
    return results


def set_account_parent(
    account_id: int, parent_id: int, effective_date: date | None = None, children: str = MOVE
) -> None:
    """From `effective_date` (default today) on the account is below the parent."""
    (refusal,) = set_account_parents([NewLink(account_id, parent_id, effective_date, children=children)])
    if refusal:
        raise refusal
