"""Change settings, so that billing takes notice (SET-1, ACC-3)."""

from collections.abc import Mapping

from django.db import transaction

from banyan.accounts.models import Account
from banyan.foundation.actions import change_settings as foundation_action
from banyan.foundation.clock import today
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.subscriptions.pausing import SUSPENDED, resume, suspend


@transaction.atomic
def change_settings(changes: Mapping[str, object]) -> Settings:
    """Set them as the foundation's own verb does. Bill Suspended Accounts holds from today on, not for earlier days."""
    billed_before = read_settings().bill_suspended_accounts
    after = foundation_action.change_settings(changes)
    if after.bill_suspended_accounts != billed_before:
        suspended = list(Account.objects.filter(status__in=SUSPENDED).values_list("id", flat=True))
        follow = resume if after.bill_suspended_accounts else suspend
        follow(suspended, today())
    return after
