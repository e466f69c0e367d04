"""Who pays for subscriptions, derived anew after their customers moved (WHO-1, WHO-3).

A payer that is found through the hierarchy (parent, eldest ancestor) follows it; a named one stays while it is still an
ancestor. Otherwise the subscription leaves its group and its account pays again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.db import connection

from banyan.accounts.models import Account
from banyan.engine.facts import WhoPaysMode
from banyan.foundation.gc_pauses import gc_paused
from banyan.kernel.frozen import frozen
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import in_scope, name_in_scope
from banyan.relations.lineages import lineages
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.payer_dates import PayerChange, change_payers
from banyan.subscriptions.who_pays import fault_of, payer_by

# The customers below the moved one on some day, by way of whom, and their choices: each once, as on its first day if
# its customer is below on that day.
CHOICES = """
WITH RECURSIVE below(customer_id, parent_id, between, during) AS (
    SELECT %(moved)s::bigint, NULL::bigint, ARRAY[]::bigint[], daterange(%(since)s, NULL)
    UNION ALL
    SELECT edge.customer_id, edge.parent_id, below.between || edge.parent_id, below.during * edge.during
    FROM below JOIN relations_customerparent edge
        ON edge.parent_id = below.customer_id AND edge.during && below.during
)
SELECT DISTINCT ON (subscription.id, choice.during)
    subscription.id, own.customer_id, own.owner_id, own.currency, choice.mode, choice.group_id, payer.payer_id,
    greatest(lower(choice.during), %(since)s), upper(choice.during),
    below.during @> greatest(lower(choice.during), %(since)s) AS is_below,
    below.parent_id, payer.payer_id = ANY(below.between)
FROM below
JOIN accounts_account own ON own.customer_id = below.customer_id
JOIN subscriptions_subscription subscription ON subscription.account_id = own.id
JOIN subscriptions_whopays choice
    ON choice.subscription_id = subscription.id AND coalesce(upper(choice.during), DATE 'infinity') > %(since)s
LEFT JOIN subscriptions_subscriptiongroup payer ON payer.id = choice.group_id
ORDER BY subscription.id, choice.during, is_below DESC
"""


@frozen
class Choice:
    """Who pays for a subscription of a customer from a day on, up to `end` (None: open), as it was chosen.

    `owner` and `currency` are those of the subscription's account; `group` and the group's `payer` are None where the
    account pays. `is_below`: on that day the customer is the one that was moved, or below it; then `parent` is its
    parent, None for the moved one, and `payer_is_between` says whether the payer is above it and no higher than that.
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
    is_below: bool
    parent: int | None
    payer_is_between: bool | None


@frozen
class Derived:
    """A choice, and the payer that it leads to after the move."""

    choice: Choice
    payer: int | None

    @property
    def stands(self) -> bool:
        return self.choice.group is None or self.choice.payer == self.payer


@gc_paused()
def rederive_payers(moved: int, since: date, problems: Problems) -> None:
    """From `since` on let the right customers pay for the subscriptions of this customer and of all below it.

    Notes a problem (WHO-4) for every subscription whose new payer could not take its charges.
    """
    choices = _choices(moved, since)
    derived = [Derived(choice, payer) for choice, payer in zip(choices, _payers(choices, moved), strict=True)]
    _check_payers(derived, problems)
    problems.raise_if_any()
    _write(derived)


def _choices(moved: int, since: date) -> list[Choice]:
    with connection.cursor() as cursor:
        cursor.execute(CHOICES, {"moved": moved, "since": since})
        return [Choice(*row) for row in cursor.fetchall()]


def _payers(choices: Sequence[Choice], moved: int) -> Iterator[int | None]:
    """The customer that each choice leads to, None when there is none any more."""
    above = lineages((_highest_known(choice, moved), choice.since) for choice in choices)
    for choice in choices:
        if choice.payer is None or choice.mode == WhoPaysMode.CUSTOMER_SEPARATE:
            yield None
            continue
        known = above[_highest_known(choice, moved), choice.since]
        nearest, eldest = (known[0], known[-1]) if known else (None, None)
        if choice.is_below and choice.parent is not None:
            nearest, eldest = choice.parent, moved if eldest is None else eldest
        is_above = choice.payer in known or (choice.is_below and choice.payer_is_between is True)
        yield payer_by(choice.mode, choice.customer, choice.payer, nearest, eldest, is_above)


def _highest_known(choice: Choice, moved: int) -> int:
    """The customer above whom the ancestors are still to be looked up."""
    return moved if choice.is_below else choice.customer


def _check_payers(derived: Sequence[Derived], problems: Problems) -> None:
    moved = [one for one in derived if not one.stands and one.payer is not None]
    accounts = Account.objects.filter(customer_id__in={one.payer for one in moved}, is_default=True)
    paying = {account.customer_id: account for account in accounts}
    if len(within := in_scope(Account, [account.pk for account in paying.values()])) < len(paying):
        moved = [one for one in moved if paying[one.payer or 0].pk in within]  # others are refused for that (ORG-3)
    unfit = [one for one in moved if fault_of(paying[one.payer or 0], one.choice.owner, one.choice.currency)]
    subscriptions = Subscription.objects.in_bulk({one.choice.subscription for one in unfit})
    for one in unfit:
        number = name_in_scope(subscriptions[one.choice.subscription], "of another organization")
        by = name_in_scope(paying[one.payer or 0], "of another organization")
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
        mode: str | None = choice.mode
        group = choice.group
        if not one.stands:
            mode, group = (None, None) if one.payer is None else (mode, groups[one.payer])
        changes.append(PayerChange(choice.subscription, choice.since, mode, group, choice.end))
    return changes
