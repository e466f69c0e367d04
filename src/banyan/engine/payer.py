"""Who pays for a charge, and why (WHO-5).

Two steps and no further: from the account that the charge comes from to the payer that its subscription names (WHO-1),
and from there to the account that is responsible for it on the billing date (BHI-1, BHI-7). Without either the account
pays.
"""

from collections.abc import Mapping

from banyan.engine.facts import SubscriptionPayer
from banyan.engine.result import Payer, Step


def who_pays(account_id: int, subscription_payer: SubscriptionPayer | None, responsible: Mapping[int, int]) -> Payer:
    """The payer of a charge of `account_id`; `responsible` leads from a managed account to the one that is invoiced
    for it.
    """
    trail: list[Step] = []
    paying = account_id
    if subscription_payer is not None and subscription_payer.account_id != paying:
        trail.append(Step("WHO-1", paying, subscription_payer.account_id))
        paying = subscription_payer.account_id
    if paying in responsible:
        trail.append(Step("BHI-1", paying, responsible[paying]))
        paying = responsible[paying]
    if not trail:
        trail.append(Step("WHO-5", account_id, account_id))
    return Payer(paying, trail[-1].rule, tuple(trail))


def who_pays_correction(account_id: int, invoiced_account_id: int) -> Payer:
    """The payer of a line that corrects one which a now different account was invoiced for (SUB-6)."""
    return Payer(invoiced_account_id, "SUB-6", (Step("SUB-6", account_id, invoiced_account_id),))
