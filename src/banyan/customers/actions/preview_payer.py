"""Show what choosing a payer, or putting a subscription in a group, would lead to, and change nothing (REL-3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from banyan.accounts.models import Account
from banyan.customers.actions.preview_move import PayerPreview
from banyan.customers.queries import payers_on
from banyan.engine.facts import SubscriptionPayer
from banyan.engine.payer import who_pays
from banyan.engine.result import Payer
from banyan.foundation.numbering import taken_back
from banyan.kernel.refusals import Refusal
from banyan.relations.queries import responsible_accounts_on
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.choose_payer import choose_payer, effective_day
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.who_pays import PayerDecision, PayerQuestion, decide_payers


def preview_payer(
    subscription_id: int, choice: WhoPaysChoice | None, effective_date: date | None = None
) -> tuple[date, PayerPreview]:
    """What choose_payer would do, and from which day on; refused for the same reasons."""
    return _preview(effective_date, lambda: choose_payer(subscription_id, choice, effective_date))


def preview_member(
    group_id: int, subscription_id: int, effective_date: date | None = None
) -> tuple[date, PayerPreview]:
    """What add_member would do, and from which day on; refused for the same reasons."""
    return _preview(effective_date, lambda: add_member(group_id, subscription_id, effective_date))


def preview_payers(questions: Sequence[PayerQuestion]) -> list[Payer | Refusal]:
    """Who would pay for a subscription of an account from a day on, by each of these choices, or why nobody would."""
    with taken_back():
        decisions = decide_payers(questions)
        payers = {decision.payer for decision in decisions if isinstance(decision, PayerDecision)}
        paying = dict(Account.objects.filter(customer__in=payers, is_default=True).values_list("customer_id", "id"))
        responsible = _responsible_on(questions, paying.values())
        return [
            decision if isinstance(decision, Refusal) else _payer(question, decision, paying, responsible[question.on])
            for question, decision in zip(questions, decisions, strict=True)
        ]


def _responsible_on(questions: Sequence[PayerQuestion], paying: Iterable[int]) -> dict[date, dict[int, int]]:
    """Who is responsible for the accounts asked about and those that would pay, on each day that is asked about."""
    concerned = {question.account.pk for question in questions} | set(paying)
    return {on: responsible_accounts_on(concerned, on) for on in {question.on for question in questions}}


def _payer(
    question: PayerQuestion,
    decision: PayerDecision | None,
    paying: Mapping[int, int],
    responsible: Mapping[int, int],
) -> Payer:
    chosen = None if decision is None else SubscriptionPayer(decision.mode, paying[decision.payer], decision.group)
    return who_pays(question.account.pk, chosen, responsible)


def _preview(effective_date: date | None, change: Callable[[], Subscription]) -> tuple[date, PayerPreview]:
    """Do it, look, and take it back."""
    with taken_back():
        subscription = change()
        day = effective_day(subscription, effective_date)
        then = payers_on([subscription], day)[subscription.id]
    now = payers_on([subscription], day)[subscription.id]
    return day, PayerPreview(subscription.id, subscription.number, now, then)
