"""Change settings, and let billing take notice (SET-1, ACC-3)."""

from collections.abc import Mapping

from django.db import transaction

from banyan.accounts.models import Account
from banyan.foundation.clock import today
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
        suspended = list(Account.objects.filter(status__in=SUSPENDED).values_list("id", flat=True))
        follow = resume if after.bill_suspended_accounts else suspend
        follow(suspended, today())
    return after
