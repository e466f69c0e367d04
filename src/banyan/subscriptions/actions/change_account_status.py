"""Change the status of an account, so that billing takes notice (ACC-3)."""

from datetime import date, timedelta

from django.db import transaction

from banyan.accounts.actions import change_account_status as accounts_action
from banyan.accounts.models import Account
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import SubscriptionItem


def change_account_status(account_id: int, status: str, on: date | None = None, reason: str = "") -> Account:
    """Set the status as the accounts' own verb does.

    When the account becomes or stops being inactive, what its subscriptions cost after its last day is computed anew:
    what was billed beyond that day is credited, and an account that is active again is charged as if it always was.
    """
    with transaction.atomic():
        before = (
            Account.objects.select_for_update().filter(pk=account_id).values_list("inactive_since", flat=True).first()
        )
        account = accounts_action.change_account_status(account_id, status, on, reason)
        if account.inactive_since != before:
            since = min(day for day in (before, account.inactive_since) if day is not None) + timedelta(days=1)
            items = SubscriptionItem.objects.filter(subscription__account=account_id)
            mark_changed(dict.fromkeys(items.values_list("id", flat=True), since))
    return account
