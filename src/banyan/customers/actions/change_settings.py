"""Change settings, and let billing take notice (SET-1, ACC-3)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.accounts.today import days_now
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.foundation.settings_writing import write_settings
from banyan.subscriptions.pausing import SUSPENDED, resume, suspend


@transaction.atomic
def change_settings(changes: Mapping[str, object]) -> Settings:
    """Change what `changes` names, given as plain JSON values; the settings afterwards.

    Bill Suspended Accounts holds from today on, not for earlier days. Refused: what the registry does not allow,
    everything at once.
    """
    billed_before = read_settings().bill_suspended_accounts
    after = write_settings(changes)
    if after.bill_suspended_accounts != billed_before:
        suspended: defaultdict[date, list[int]] = defaultdict(list)
        days = days_now()
        for account, owner in Account.objects.filter(status__in=SUSPENDED).values_list("id", "owner_id"):
            suspended[days.of(owner)].append(account)
        follow = resume if after.bill_suspended_accounts else suspend
        for day, accounts in suspended.items():
            follow(accounts, day)
    return after
