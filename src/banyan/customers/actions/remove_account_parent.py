"""Make an account the root of its tree (AHI-1)."""

from datetime import date

from banyan.customers.actions.set_account_parents import set_account_parents
from banyan.relations.inputs import NewLink


def remove_account_parent(account_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on the account has no parent; its subtree stays below it.

    Works with the setting off. Refused when it has no parent then.
    """
    (refusal,) = set_account_parents([NewLink(account_id, None, effective_date)])
    if refusal:
        raise refusal
