"""The status that is kept of an account (ACC-3); the verb is `change_account_status` of subscriptions."""

from datetime import date

from django.db import transaction

from banyan.accounts.models import Account, AccountStatus
from banyan.accounts.named import locked
from banyan.accounts.today import today
from banyan.foundation.declared import checks
from banyan.kernel.refusals import Kind, Problems


@transaction.atomic
def write_status(account_id: int, status: str | None, on: date | None = None, reason: str = "") -> Account:
    """Set the status at once; `on` (default today) is the last day that an inactive one is charged.

    Refused: a day or reason without a status, inactive to anything but active, a day before the account's start or
    after today.
    """
    account = locked(Account, account_id, "account")
    today_there = today(account.owner_id)
    day = on or today_there
    problems = Problems()
    if status is None:
        message = "status_date and status_reason come with a status; give it as well."
        problems.add("status", "required", message, "ACC-3")
    else:
        checks.choice(AccountStatus.values, "ACC-3")("status", status, problems)
    checks.text(10_000, "ACC-3", lines=True)("status_reason", reason, problems)
    if account.status == AccountStatus.INACTIVE and status not in (None, AccountStatus.ACTIVE, AccountStatus.INACTIVE):
        message = f"The account is inactive; it can only become active again, not {status}."
        problems.add("status", "inactive_account", message, "ACC-3", status, Kind.CONFLICT)
    if on is not None and not account.start_date <= on <= today_there:
        message = f"{on} is not between the account's start, {account.start_date}, and today, {today_there}."
        problems.add("status_date", "out_of_range", message, "ACC-3", on)
    problems.raise_if_any()
    if status is not None and status != account.status:
        account.status = status
        account.status_reason = reason
        account.status_date = max(day, account.start_date)
        account.inactive_since = account.status_date if status == AccountStatus.INACTIVE else None
        account.save(update_fields=["status", "status_reason", "status_date", "inactive_since"])
    return account
