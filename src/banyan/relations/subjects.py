"""The accounts that a change of a relation is about."""

from datetime import date

from banyan.accounts.models import Account
from banyan.foundation.clock import today
from banyan.kernel.refusals import Problems, unknown


def linked_account(account_id: int) -> Account:
    """The account that a relation of is changed; refused when there is none."""
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise unknown("id", f"There is no such account: {account_id}.", account_id)
    return account


def target_account(account_id: int, field: str, problems: Problems) -> Account | None:
    """The account that another one is to be linked to; a problem of the field when there is none."""
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        problems.add(field, "unknown", f"There is no such account: {account_id}.", None, account_id)
    return account


def day_of_change(effective_date: date | None, start: date) -> date:
    """The day given, else today, or the start of what starts later (REL-1)."""
    return effective_date or max(today(), start)
