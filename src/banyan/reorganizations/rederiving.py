"""Who pays for subscriptions, derived anew after their customers moved (WHO-1, WHO-3).

A payer that is found through the hierarchy (parent, eldest ancestor) follows it; a named one stays while it is still an
ancestor. Otherwise the subscription leaves its group and its account pays again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.accounts.models import Account, AccountStatus
from banyan.engine.facts import WhoPaysMode
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.reach import name_in_reach
from banyan.relations.lineages import lineages
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.models import WhoPays
from banyan.subscriptions.payer_dates import PayerChange, change_payers


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of who pays as far as it holds from the day of the move on, and the payer that it should have then."""

    row: WhoPays
    since: date
    payer: int | None

    @property
    def stands(self) -> bool:
        return self.row.group is None or self.row.group.payer_id == self.payer


def rederive_payers(customer_ids: Collection[int], since: date, problems: Problems) -> None:
    """From `since` on let the right customers pay for the subscriptions of these customers.

    Notes a problem (WHO-4) for every subscription whose new payer could not take its charges.
    """
    rows = WhoPays.objects.select_related("group", "subscription__account").filter(
        subscription__account__customer_id__in=customer_ids, during__overlap=DateRange(since, None)
    )
    days = [(row, max(since, row.during.lower)) for row in rows.order_by("subscription_id", "during")]
    above = lineages((row.subscription.account.customer_id, day) for row, day in days)
    choices = [
        Choice(row, day, _payer(row, above.get((row.subscription.account.customer_id, day), ()))) for row, day in days
    ]
    _check_payers(choices, problems)
    problems.raise_if_any()
    _write(choices)


def _payer(row: WhoPays, ancestors: Sequence[int]) -> int | None:
    """The customer that the mode leads to, None when there is none any more."""
    own = row.subscription.account.customer_id
    if row.group is None or row.mode == WhoPaysMode.CUSTOMER_SEPARATE:
        return None
    if row.mode == WhoPaysMode.PARENT:
        return next(iter(ancestors), None)
    if row.mode == WhoPaysMode.ELDEST_ANCESTOR:
        return next(reversed(ancestors), own)
    return row.group.payer_id if row.group.payer_id in (own, *ancestors) else None


def _check_payers(choices: Sequence[Choice], problems: Problems) -> None:
    moved = [choice for choice in choices if not choice.stands and choice.payer is not None]
    accounts = Account.objects.filter(customer_id__in={choice.payer for choice in moved}, is_default=True)
    paying = {account.customer_id: account for account in accounts}
    for choice in moved:
        own, payer = choice.row.subscription.account, paying[choice.payer or 0]
        fits = payer.currency == own.currency and payer.owner_id == own.owner_id
        if not fits or payer.status != AccountStatus.ACTIVE:
            number = name_in_reach(choice.row.subscription, "of another organization")
            by = name_in_reach(payer, "of another organization")
            message = (
                f"Subscription {number} would be paid by account {by}, which must be active, of its owner "
                f"and in {own.currency}; let somebody else pay for it first."
            )
            problems.add("parent", "payer_cannot_take_it", message, "WHO-4", number, Kind.CONFLICT)


def _write(choices: Sequence[Choice]) -> None:
    """Replace, from the first choice that does not stand on, everything of its subscription that was to hold."""
    by_subscription: Mapping[int, list[Choice]] = defaultdict(list)
    for choice in choices:
        by_subscription[choice.row.subscription_id].append(choice)
    affected = [of_one for of_one in by_subscription.values() if not all(choice.stands for choice in of_one)]
    groups = default_groups(
        choice.payer for of_one in affected for choice in of_one if choice.payer is not None and not choice.stands
    )
    plans = [_changes(of_one, groups) for of_one in affected]
    for changes in zip_longest(*plans):
        change_payers([change for change in changes if change is not None])


def _changes(choices: Sequence[Choice], groups: Mapping[int, int]) -> list[PayerChange]:
    """The changes of one subscription in the order of their days."""
    changes = []
    for choice in choices:
        row = choice.row
        if choice.stands:
            changes.append(PayerChange(row.subscription_id, choice.since, row.mode, row.group_id))
        elif choice.payer is None:
            changes.append(PayerChange(row.subscription_id, choice.since, None, None))
        else:
            changes.append(PayerChange(row.subscription_id, choice.since, row.mode, groups[choice.payer]))
        if row.during.upper is not None:
            changes.append(PayerChange(row.subscription_id, row.during.upper, None, None))
    return changes
