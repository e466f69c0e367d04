"""What a change of relations means for who pays, in the words of people (REL-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from banyan.accounts.models import Account
from banyan.organizations.reach import reached
from banyan.reorganizations.actions.preview_move import PayerPreview
from banyan.subscriptions.models import Subscription

SHOWN = 200


@dataclass(frozen=True, slots=True)
class PayerChange:
    """Who pays for a subscription now and who would."""

    subscription: str
    now: str
    then: str
    is_other: bool


def payer_changes(previews: Sequence[PayerPreview]) -> list[PayerChange]:
    """The subscriptions in reach with their payers, those that change first."""
    within = reached(Subscription, [each.subscription for each in previews])
    shown = sorted(
        (each for each in previews if each.subscription in within),
        key=lambda each: each.now.account_id == each.then.account_id,
    )[:SHOWN]
    payers = reached(Account, {number for each in shown for number in (each.now.account_id, each.then.account_id)})
    names = {row.pk: str(row) for row in Account.objects.filter(pk__in=payers).only("number", "name")}
    return [
        PayerChange(
            each.number,
            names.get(each.now.account_id, "another account"),
            names.get(each.then.account_id, "another account"),
            each.now.account_id != each.then.account_id,
        )
        for each in shown
    ]
