"""Who pays, in the words of people: the payer, and each step that led there (WHO-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from banyan.billruns.queries import account_labels
from banyan.console import localized
from banyan.customers.actions.preview_move import PayerPreview
from banyan.engine.reasons import SUBSCRIPTION, because
from banyan.engine.result import Payer
from banyan.invoices.trails import accounts_in
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions.models import Subscription

ANOTHER = "another account"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class PayerDescription:
    """`account` is None where it isn't reached; `steps` are (rule, sentence)."""

    account: int | None
    name: str
    steps: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PayerChangeDescription:
    """Who pays for a subscription now and who would."""

    subscription: int
    number: str
    now: PayerDescription
    then: PayerDescription


@dataclass(frozen=True, slots=True)
class PayerChangesDescription:
    """Those whose payer changes, at most SHOWN; `changed` and `same` count all that are reached."""

    shown: Sequence[PayerChangeDescription]
    changed: int
    same: int


def describe_payers(payers: Sequence[Payer], on: date, what: str = SUBSCRIPTION) -> list[PayerDescription]:
    """Each payer with its steps in words; `what` is paid."""
    labels = account_labels(accounts_in(payers))
    return [_told(payer, labels, on, what) for payer in payers]


def describe_payer_changes(previews: Sequence[PayerPreview], on: date) -> PayerChangesDescription:
    """What a change means for who pays (REL-3)."""
    within = in_scope(Subscription, [each.subscription for each in previews])
    seen = [each for each in previews if each.subscription in within]
    changed = [each for each in seen if each.now.account_id != each.then.account_id]
    labels = account_labels(accounts_in(payer for each in changed[:SHOWN] for payer in (each.now, each.then)))
    shown = [
        PayerChangeDescription(
            each.subscription, each.number, _told(each.now, labels, on), _told(each.then, labels, on)
        )
        for each in changed[:SHOWN]
    ]
    return PayerChangesDescription(shown, len(changed), len(seen) - len(changed))


def _told(payer: Payer, labels: Mapping[int, str], on: date, what: str = SUBSCRIPTION) -> PayerDescription:
    known = payer.account_id if payer.account_id in labels else None
    steps = [(step.rule, because(step, labels, localized.day(on), what)) for step in payer.trail]
    return PayerDescription(known, labels.get(payer.account_id, ANOTHER), steps)
