"""Who pays for a charge, and why (WHO-5).

Two steps and no further: from the account that the charge comes from to the payer that its subscription names (WHO-1),
and from there to the account that is responsible for it on the billing date (BHI-1, BHI-7). Without either the account
pays.
"""

from collections.abc import Mapping
from functools import lru_cache

from banyan.engine.facts import SubscriptionPayer
from banyan.engine.result import Payer, Step


def who_pays(account_id: int, subscription_payer: SubscriptionPayer | None, responsible: Mapping[int, int]) -> Payer:
    """The payer of a charge of `account_id`; `responsible` leads from a managed account to the one that is invoiced
    for it.
    """
    chosen = account_id if subscription_payer is None else subscription_payer.account_id
    return _payer(account_id, chosen, responsible.get(chosen))


def paying_account(
    account_id: int, subscription_payer: SubscriptionPayer | None, responsible: Mapping[int, int]
) -> int:
    """The number of that payer, without the reasons."""
    chosen = account_id if subscription_payer is None else subscription_payer.account_id
    return responsible.get(chosen, chosen)


@lru_cache(maxsize=16_384)
def _payer(account_id: int, chosen: int, responsible: int | None) -> Payer:
    """One object for all charges of an account that are paid alike."""
    trail: list[Step] = []
    if chosen != account_id:
        trail.append(Step("WHO-1", account_id, chosen))
    if responsible is not None:
        trail.append(Step("BHI-1", chosen, responsible))
    if not trail:
        trail.append(Step("WHO-5", account_id, account_id))
    return Payer(trail[-1].to_account, trail[-1].rule, tuple(trail))


def who_pays_correction(account_id: int, invoiced_account_id: int) -> Payer:
    """The payer of a line that corrects one which a now different account was invoiced for (SUB-6)."""
    return Payer(invoiced_account_id, "SUB-6", (Step("SUB-6", account_id, invoiced_account_id),))
