"""Holding what a change looks at until it is done."""

from collections.abc import Iterable

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.refusals import unknown
from banyan.subscriptions.models import Subscription

HOLD_ACCOUNTS = "SELECT id FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR SHARE"

HOLD_CONTRACT = """
SELECT id FROM contracts_contract
WHERE id = (SELECT contract_id FROM subscriptions_subscription WHERE id = %s) FOR SHARE
"""


def hold_accounts(account_ids: Iterable[int]) -> dict[int, Account]:
    """The accounts that exist, by id; they stay as they are until this transaction ends, others may hold them too."""
    ids = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ACCOUNTS, [ids])
    return {account.id: account for account in Account.objects.filter(pk__any_of=ids)}


def hold_subscription(subscription_id: int) -> Subscription:
    """The subscription with account and contract, held until the transaction ends; refused when there is none.

    The contract is held first, as whoever terminates it does.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD_CONTRACT, [subscription_id])
    rows = Subscription.objects.select_related("account", "contract").select_for_update(of=("self",))
    subscription = rows.filter(pk=subscription_id).first()
    if subscription is None:
        raise unknown("subscription", "there is no such subscription", subscription_id)
    return subscription
