"""Show who would be invoiced for a charge, and change nothing (SUB-7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.engine.result import Payer
from banyan.foundation.numbering import taken_back
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.queries import payer_of_charge, payers_of_subscriptions, served_on


@dataclass(frozen=True, slots=True)
class PreviewedCharge:
    """The first day that it can be billed, who is invoiced then, and what is worth a second look."""

    day: date
    payer: Payer
    warnings: list[str]


def preview_charge(new: NewCharge) -> PreviewedCharge:
    """What the charge would lead to; refused for the same reasons.

    Warns when all that the account is subscribed to is paid by others while the charge is not.
    """
    with taken_back():
        charge = create_charge(new)
        account = Account.objects.get(pk=charge.account_id)
        day = max(charge.date, today(account.owner_id))
        payer = payer_of_charge(charge, day)
    return PreviewedCharge(day, payer, list(_warnings(account, payer, day)))


def _warnings(account: Account, payer: Payer, day: date) -> Iterable[str]:
    served = served_on(account.pk, day).values_list("pk", flat=True)
    of_subscriptions = {each.account_id for each in payers_of_subscriptions(account.pk, list(served), day).values()}
    if of_subscriptions and payer.account_id == account.pk and account.pk not in of_subscriptions:
        yield (
            f"All subscriptions of account {account.number} are paid by another account, but this charge is invoiced "
            f"to {account.number} itself. Name a subscription, or who pays."
        )
