"""Change the status of an account, and let billing take notice (ACC-3)."""

from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.accounts.status_writing import write_status
from banyan.accounts.today import today
from banyan.foundation.queries import read_settings
from banyan.subscriptions.pausing import follow_status, lock_settings


@transaction.atomic
def change_account_status(account_id: int, status: str | None, on: date | None = None, reason: str = "") -> Account:
    """Set the status at once; `on` (default today) is the last day of an inactive one, else the first in force.

    What was billed beyond the last day is credited, and the days until the account is active again are never charged;
    nor is what recurs while it is suspended, if the setting is so.
    """
    lock_settings()
    before = Account.objects.select_for_update().filter(pk=account_id).values_list("status", "inactive_since").first()
    account = write_status(account_id, status, on, reason)
    if before is not None and account.status != before[0]:
        follow_status(account, before[1], on or today(account.owner_id), read_settings().bill_suspended_accounts)
    return account
