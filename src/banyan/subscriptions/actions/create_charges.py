"""Charge an account once, or credit it (SUB-7)."""

from collections.abc import Sequence

from django.db import transaction

from banyan.accounts.copying import copy_in
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.charging import checked_charges
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.locking import lock_accounts
from banyan.subscriptions.models import Charge


def create_charge(new: NewCharge) -> Charge:
    """The new charge, or the refusal raised."""
    (result,) = create_charges([new])
    if isinstance(result, Refusal):
        raise result
    return result


def create_charges(new: Sequence[NewCharge]) -> list[Charge | Refusal]:
    """A charge or the reasons against it at each input's position, in the same number of queries for any number."""
    with transaction.atomic():
        accounts = lock_accounts(one.account for one in new)
        results = checked_charges(new, accounts)
        copy_in([result for result in results if isinstance(result, Charge)])
    return results
