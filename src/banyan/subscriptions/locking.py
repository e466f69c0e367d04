"""Holding what a change looks at until it is done."""

from collections.abc import Iterable

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.refusals import Refusal, unknown
from banyan.subscriptions.models import Subscription

HOLD_ACCOUNTS = "SELECT id FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR SHARE"

HOLD_CONTRACTS = """
SELECT id FROM contracts_contract
WHERE id IN (SELECT contract_id FROM subscriptions_subscription WHERE id = ANY(%s)) ORDER BY id FOR SHARE
"""


def lock_accounts(account_ids: Iterable[int]) -> dict[int, Account]:
    """The accounts that exist, by id; they stay as they are until this transaction ends, others may hold them too."""
    ids = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ACCOUNTS, [ids])
    return {account.id: account for account in Account.objects.filter(pk__any_of=ids)}


def lock_subscription(subscription_id: int) -> Subscription:
    """The subscription with account and contract, held until the transaction ends; refused when there is none."""
    held = lock_subscriptions([subscription_id])
    if subscription_id not in held:
        raise no_such_subscription(subscription_id)
    return held[subscription_id]


def lock_subscriptions(subscription_ids: Iterable[int]) -> dict[int, Subscription]:
    """The subscriptions that exist with account and contract, by id, held until the transaction ends.

    The contracts are held first, as whoever terminates one does. A move that gives a subscription another payer refers
    to it and doesn't wait: it holds the customer hierarchy, which whoever holds the subscription may be waiting for.
    """
    ids = sorted(set(subscription_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD_CONTRACTS, [ids])
    rows = Subscription.objects.select_related("account", "contract").select_for_update(of=("self",), no_key=True)
    return {subscription.id: subscription for subscription in rows.filter(pk__any_of=ids).order_by("id")}


def no_such_subscription(subscription_id: int) -> Refusal:
    """What to raise when there is none."""
    return unknown("subscription", "there is no such subscription", subscription_id)
