"""Who pays for subscriptions, derived anew after their customers moved (WHO-1, WHO-3).

A payer that is found through the hierarchy (parent, eldest ancestor) follows it; a named one stays while it is still an
ancestor. Otherwise the subscription leaves its group and its account pays again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.db import connection

from banyan.accounts.models import Account
from banyan.engine.facts import WhoPaysMode
from banyan.kernel.frozen import frozen
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.reach import name_in_reach
from banyan.relations.lineages import lineages
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.payer_dates import PayerChange, change_payers
from banyan.subscriptions.who_pays import fault_of, payer_by

CHOICES = """
SELECT subscription.id, own.customer_id, own.owner_id, own.currency, choice.mode, choice.group_id, payer.payer_id,
    greatest(lower(choice.during), %(since)s), upper(choice.during)
FROM accounts_account own
JOIN subscriptions_subscription subscription ON subscription.account_id = own.id
JOIN subscriptions_whopays choice
    ON choice.subscription_id = subscription.id AND choice.during && daterange(%(since)s, NULL)
LEFT JOIN subscriptions_subscriptiongroup payer ON payer.id = choice.group_id
WHERE own.customer_id = ANY(%(customers)s)
ORDER BY subscription.id, choice.during
"""


@frozen
class Choice:
    """Who pays for a subscription of a customer from a day on, up to `end` (None: open), as it was chosen.

    `owner` and `currency` are those of the subscription's account; `group` and the group's `payer` are None where the
    account pays.
    """

    subscription: int
    customer: int
    owner: int
    currency: str
    mode: str
    group: int | None
    payer: int | None
    since: date
    end: date | None


@frozen
class Derived:
    """A choice, and the payer that it leads to after the move."""

    choice: Choice
    payer: int | None

    @property
    def stands(self) -> bool:
        return self.choice.group is None or self.choice.payer == self.payer


def rederive_payers(customer_ids: Collection[int], since: date, problems: Problems) -> None:
    """From `since` on let the right customers pay for the subscriptions of these customers.

    Notes a problem (WHO-4) for every subscription whose new payer could not take its charges.
    """
    choices = _choices(customer_ids, since)
    above = lineages((choice.customer, choice.since) for choice in choices)
    derived = [Derived(choice, _payer(choice, above[choice.customer, choice.since])) for choice in choices]
    _check_payers(derived, problems)
    problems.raise_if_any()
    _write(derived)


def _choices(customer_ids: Collection[int], since: date) -> list[Choice]:
    with connection.cursor() as cursor:
        cursor.execute(CHOICES, {"customers": list(customer_ids), "since": since})
        return [Choice(*row) for row in cursor.fetchall()]


def _payer(choice: Choice, ancestors: Sequence[int]) -> int | None:
    """The customer that the mode leads to, None when there is none any more."""
    if choice.payer is None or choice.mode == WhoPaysMode.CUSTOMER_SEPARATE:
        return None
    return payer_by(choice.mode, choice.customer, choice.payer, ancestors)


def _check_payers(derived: Sequence[Derived], problems: Problems) -> None:
    moved = [one for one in derived if not one.stands and one.payer is not None]
    accounts = Account.objects.filter(customer_id__in={one.payer for one in moved}, is_default=True)
    paying = {account.customer_id: account for account in accounts}
    unfit = [one for one in moved if fault_of(paying[one.payer or 0], one.choice.owner, one.choice.currency)]
    subscriptions = Subscription.objects.in_bulk({one.choice.subscription for one in unfit})
    for one in unfit:
        number = name_in_reach(subscriptions[one.choice.subscription], "of another organization")
        by = name_in_reach(paying[one.payer or 0], "of another organization")
        message = (
            f"Subscription {number} would be paid by account {by}, which must be active, of its owner "
            f"and in {one.choice.currency}; let somebody else pay for it first."
        )
        problems.add("parent", "payer_cannot_take_it", message, "WHO-4", number, Kind.CONFLICT)


def _write(derived: Sequence[Derived]) -> None:
    """Replace, from the first choice that does not stand on, everything of its subscription that was to hold."""
    by_subscription: Mapping[int, list[Derived]] = defaultdict(list)
    for one in derived:
        by_subscription[one.choice.subscription].append(one)
    affected = [of_one for of_one in by_subscription.values() if not all(one.stands for one in of_one)]
    groups = default_groups(
        one.payer for of_one in affected for one in of_one if one.payer is not None and not one.stands
    )
    change_payers(change for of_one in affected for change in _changes(of_one, groups))


def _changes(derived: Sequence[Derived], groups: Mapping[int, int]) -> list[PayerChange]:
    """The changes of one subscription in the order of their days."""
    changes = []
    for one in derived:
        choice = one.choice
        if one.stands:
            changes.append(PayerChange(choice.subscription, choice.since, choice.mode, choice.group))
        elif one.payer is None:
            changes.append(PayerChange(choice.subscription, choice.since, None, None))
        else:
            changes.append(PayerChange(choice.subscription, choice.since, choice.mode, groups[one.payer]))
        if choice.end is not None:
            changes.append(PayerChange(choice.subscription, choice.end, None, None))
    return changes
