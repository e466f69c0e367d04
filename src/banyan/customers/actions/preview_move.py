"""Show what a change of a relation would lead to, and change nothing (REL-3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from banyan.accounts.today import today_of_account, today_of_customer
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.remove_account_parent import remove_account_parent
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.queries import payers_on
from banyan.customers.trees import TreeView
from banyan.engine.result import Payer
from banyan.foundation.gc_pauses import gc_paused
from banyan.foundation.numbering import taken_back
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.inputs import MOVE
from banyan.relations.queries import accounts_below, customers_below
from banyan.relations.spans import spans_above
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.queries import payer_of

Snapshot = Callable[[], TreeView]


@dataclass(frozen=True, slots=True)
class PayerPreview:
    """Who pays for a subscription now, and who would."""

    subscription: int
    number: str
    now: Payer
    then: Payer


@dataclass(frozen=True, slots=True)
class Preview:
    """`ancestors` up to the root, nearest first, and `depth` (1: no ancestor) as they would be on the effective day.

    `trees` are what `snapshot` saw before and after, where it was given; `rest` is who pays, now and then, for what is
    charged to the account and to none of its subscriptions, where its responsible account changes.
    """

    ancestors: list[int]
    depth: int
    subscriptions: list[PayerPreview]
    trees: tuple[TreeView, ...] = ()
    rest: tuple[Payer, Payer] | None = None


def preview_customer_parent(
    customer_id: int, parent_id: int | None, effective_date: date | None = None, snapshot: Snapshot | None = None
) -> Preview:
    """What move_customer, or without a parent detach_customer, would do; refused for the same reasons."""
    day = effective_date or today_of_customer(customer_id)
    below = customers_below(customer_id, day)
    return _preview(
        lambda: (
            detach_customer(customer_id, effective_date)
            if parent_id is None
            else move_customer(customer_id, parent_id, effective_date)
        ),
        CUSTOMER_PARENT,
        customer_id,
        Q(account__customer_id__in=below),
        day,
        snapshot,
    )


def preview_account_parent(
    account_id: int,
    parent_id: int | None,
    effective_date: date | None = None,
    children: str = MOVE,
    snapshot: Snapshot | None = None,
) -> Preview:
    """What set_account_parent, or without a parent remove_account_parent, would do, which never changes who pays;
    refused for the same reasons."""
    day = effective_date or today_of_account(account_id)
    below = accounts_below(account_id, day)
    return _preview(
        lambda: (
            remove_account_parent(account_id, effective_date)
            if parent_id is None
            else set_account_parent(account_id, parent_id, effective_date, children)
        ),
        ACCOUNT_PARENT,
        account_id,
        Q(account_id__in=below),
        day,
        snapshot,
    )


def preview_responsible_account(
    account_id: int,
    responsible_account_id: int | None,
    effective_date: date | None = None,
    snapshot: Snapshot | None = None,
) -> Preview:
    """What assign_responsible_account, or without one remove_responsible_account, would do; refused for the same
    reasons.

    Looks at the account's subscriptions, at those of others that it pays for, and at what else is charged to it.
    """
    day = effective_date or today_of_account(account_id)
    rest: list[Payer] = []

    def change() -> None:
        rest.append(payer_of(account_id, None, day))
        if responsible_account_id is None:
            remove_responsible_account(account_id, effective_date)
        else:
            assign_responsible_account(account_id, responsible_account_id, effective_date)
        rest.append(payer_of(account_id, None, day))

    paid_by_its_customer = Q(who_pays__group__payer__accounts=account_id, who_pays__during__contains=day)
    affected = Q(account_id=account_id) | paid_by_its_customer
    preview = _preview(change, RESPONSIBLE_ACCOUNT, account_id, affected, day, snapshot)
    now, then = rest
    return replace(preview, rest=(now, then))


@gc_paused()
def _preview(
    change: Callable[[], None], relation: Relation, subject: int, affected: Q, day: date, snapshot: Snapshot | None
) -> Preview:
    """Do it, take snapshots, and take it back: so the preview can't differ from the change."""
    with taken_back():
        subscriptions = list(Subscription.objects.filter(affected).distinct().order_by("number"))
        now = payers_on(subscriptions, day)
        before = [snapshot()] if snapshot else []
        change()
        then = payers_on(subscriptions, day)
        after = [snapshot()] if snapshot else []
        ancestors = _ancestors(relation, subject, day)
    return Preview(
        ancestors,
        len(ancestors) + 1,
        [PayerPreview(each.id, each.number, now[each.id], then[each.id]) for each in subscriptions],
        (*before, *after),
    )


def _ancestors(relation: Relation, subject: int, day: date) -> list[int]:
    spans = [span for span in spans_above(relation, [subject], day) if span.first == day and span.levels > 0]
    return [span.relative for span in sorted(spans, key=lambda span: span.levels)]
