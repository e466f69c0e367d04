"""Reads that need the relations as well as the subscriptions."""

from collections.abc import Collection
from datetime import date

from banyan.engine.payer import who_pays
from banyan.engine.result import Payer
from banyan.relations.queries import responsible_accounts_on
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.queries import subscription_payers


def payers_on(subscriptions: Collection[Subscription], on: date) -> dict[int, Payer]:
    """WHO-5: who pays for each subscription on the day, and why."""
    named = subscription_payers([subscription.id for subscription in subscriptions], on)
    accounts = {subscription.account_id for subscription in subscriptions}
    responsible = responsible_accounts_on(accounts | {payer.account_id for payer in named.values()}, on)
    return {
        subscription.id: who_pays(subscription.account_id, named.get(subscription.id), responsible)
        for subscription in subscriptions
    }
