"""Who pays, as clients see it: the payer, the rule, and every step in words (WHO-6)."""

from collections.abc import Mapping, Sequence
from datetime import date

from banyan.api.access import ids_in_scope
from banyan.api.schemas.relations import PayerAnswer, PayerStep, SubscriptionPayerChange
from banyan.billruns.queries import account_labels
from banyan.customers.actions.preview_move import PayerPreview
from banyan.engine.reasons import SUBSCRIPTION, because
from banyan.engine.result import Payer, Step
from banyan.invoices.trails import accounts_in
from banyan.kernel.ids import encode_id


def payer_answer(payer: Payer, labels: Mapping[int, str], on: date, what: str = SUBSCRIPTION) -> PayerAnswer:
    """The payer with the steps that led there; `labels` are what to call the accounts that are in reach, `what` is
    paid.
    """
    return PayerAnswer(
        account=_account(payer.account_id, labels),
        rule=payer.rule,
        trail=[_step(step, labels, on, what) for step in payer.trail],
    )


def payer_changes(previews: Sequence[PayerPreview], on: date) -> list[SubscriptionPayerChange]:
    """Who pays for subscriptions in reach now and who would, with the reasons (REL-3)."""
    within = ids_in_scope("subscription", [each.subscription for each in previews])
    labels = account_labels(accounts_in(payer for each in previews for payer in (each.now, each.then)))
    return [
        SubscriptionPayerChange(
            subscription=encode_id("subscription", each.subscription),
            number=each.number,
            now=payer_answer(each.now, labels, on),
            then=payer_answer(each.then, labels, on),
        )
        for each in previews
        if each.subscription in within
    ]


def _account(number: int, labels: Mapping[int, str]) -> str | None:
    return encode_id("account", number) if number in labels else None


def _step(step: Step, labels: Mapping[int, str], on: date, what: str) -> PayerStep:
    return {
        "rule": step.rule,
        "from": _account(step.from_account, labels),
        "to": _account(step.to_account, labels),
        "because": because(step, labels, on.isoformat(), what),
    }
