"""Let a managed account be invoiced itself again (BHI-3)."""

from datetime import date

from banyan.customers.actions.assign_responsible_account import assign_responsible_accounts
from banyan.relations.inputs import NewLink


def remove_responsible_account(account_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on nobody is responsible for the account.

    Works with the setting off. Refused when it is not managed then.
    """
    (refusal,) = assign_responsible_accounts([NewLink(account_id, None, effective_date)])
    if refusal:
        raise refusal
