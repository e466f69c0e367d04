"""Holding what a change looks at, always in the order of the ids, so that changes of the same wait for each other."""

from collections.abc import Iterable

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.refusals import unknown
from banyan.subscriptions.models import Subscription

HOLD_ACCOUNTS = "SELECT id FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR SHARE"


def hold_accounts(account_ids: Iterable[int]) -> dict[int, Account]:
    """The accounts that exist, by id; they stay as they are until this transaction ends, others may hold them too."""
    ids = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ACCOUNTS, [ids])
    return Account.objects.in_bulk(ids)


def hold_subscription(subscription_id: int) -> Subscription:
    """The subscription with its account, held until the transaction ends; refused when there is none."""
    held = hold_subscriptions([subscription_id])
    if subscription_id not in held:
        raise unknown("subscription", "there is no such subscription", subscription_id)
    return held[subscription_id]


def hold_subscriptions(subscription_ids: Iterable[int]) -> dict[int, Subscription]:
    """The subscriptions that exist, by id, with their accounts, held until the transaction ends."""
    rows = Subscription.objects.select_related("account").filter(pk__in=list(subscription_ids))
    return {row.id: row for row in rows.select_for_update(of=("self",)).order_by("id")}
