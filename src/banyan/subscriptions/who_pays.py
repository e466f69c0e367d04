"""Which customer pays for a subscription, and in which group: by choice, group or setting (WHO-1 to WHO-4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from banyan.accounts.models import Account, AccountStatus
from banyan.engine.facts import WhoPaysMode
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Refusal, conflict, invalid
from banyan.organizations.reach import name_in_reach
from banyan.relations.lineages import keep_customer_hierarchy_still, lineages
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup


@dataclass(frozen=True, slots=True)
class PayerQuestion:
    """Who is to pay for a subscription of `account` from day `on`: as chosen, in a group, or by the setting."""

    account: Account
    on: date
    choice: WhoPaysChoice | None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class PayerDecision:
    """The paying customer; `group` None: the default group, or none at all for `customer_separate`."""

    mode: WhoPaysMode
    payer: int
    group: int | None


def decide_payers(questions: Sequence[PayerQuestion]) -> list[PayerDecision | Refusal | None]:
    """An answer to each question: who pays, why the choice is refused, or None when the account simply pays (WHO-3).

    Until the transaction ends the customer hierarchy stays as it was looked at.
    """
    settings = read_settings()
    if not any(_is_asked(question, settings) for question in questions):
        return [None] * len(questions)
    keep_customer_hierarchy_still()
    ancestors = lineages(
        (question.account.customer_id, question.on) for question in questions if _is_asked(question, settings)
    )
    groups = SubscriptionGroup.objects.in_bulk({q.group for q in questions if q.group is not None})
    decided = [
        _decide(question, settings, ancestors.get((question.account.customer_id, question.on), ()), groups)
        for question in questions
    ]
    payers = {decision.payer for decision in decided if isinstance(decision, PayerDecision)}
    accounts = {
        account.customer_id: account for account in Account.objects.filter(customer__in=payers, is_default=True)
    }
    return [_checked(question, decision, accounts) for question, decision in zip(questions, decided, strict=True)]


def groups_of(decisions: Iterable[PayerDecision]) -> dict[PayerDecision, int | None]:
    """The group that each decision leads to; default groups that are missing are made."""
    known = list(decisions)
    defaults = default_groups(
        decision.payer
        for decision in known
        if decision.group is None and decision.mode != WhoPaysMode.CUSTOMER_SEPARATE
    )
    return {decision: decision.group or _default_group(decision, defaults) for decision in known}


def _default_group(decision: PayerDecision, defaults: Mapping[int, int]) -> int | None:
    return None if decision.mode == WhoPaysMode.CUSTOMER_SEPARATE else defaults[decision.payer]


def _is_asked(question: PayerQuestion, settings: Settings) -> bool:
    by_setting = settings.enable_who_pays and settings.default_payer_and_consolidation is not None
    return question.choice is not None or question.group is not None or by_setting


def _decide(
    question: PayerQuestion, settings: Settings, ancestors: Sequence[int], groups: Mapping[int, SubscriptionGroup]
) -> PayerDecision | Refusal | None:
    """The decision by choice, group or setting, before the payer's account is looked at (WHO-4)."""
    if question.group is not None:
        return _decide_by_group(question, settings, ancestors, groups.get(question.group))
    if question.choice is not None:
        if not settings.enable_who_pays:
            message = "who pays can't be chosen while the setting Enable WhoPays is off"
            return conflict("who_pays", "switched_off", message, "WHO-1", question.choice.mode)
        return _decide_by_choice(question.account, question.choice, ancestors)
    default = settings.default_payer_and_consolidation
    if not settings.enable_who_pays or default is None or not ancestors:
        return None
    return _decide_by_choice(question.account, WhoPaysChoice(default.value), ancestors)


def _decide_by_choice(account: Account, choice: WhoPaysChoice, ancestors: Sequence[int]) -> PayerDecision | Refusal:
    own = account.customer_id
    try:
        mode = WhoPaysMode(choice.mode)
    except ValueError:
        message = f"mode {choice.mode!r} is none of {', '.join(WhoPaysMode)}"
        return invalid("who_pays.mode", "not_a_choice", message, "WHO-1", choice.mode)
    if mode is WhoPaysMode.ANCESTOR:
        return _decide_by_name(own, choice.customer, ancestors)
    if mode is WhoPaysMode.PARENT and not ancestors:
        message = "the customer has no parent on the day this is to hold from; choose another payer"
        return conflict("who_pays.mode", "no_parent", message, "WHO-3", mode)
    payers = {WhoPaysMode.PARENT: ancestors[:1], WhoPaysMode.ELDEST_ANCESTOR: ancestors[-1:]}
    payer = next(iter(payers.get(mode, ())), own)
    if choice.customer is not None and choice.customer != payer:
        message = f"a customer is named only with mode {WhoPaysMode.ANCESTOR}; {mode} leads to another one"
        return invalid("who_pays.customer", "of_another_mode", message, "WHO-1", choice.customer)
    return PayerDecision(mode, payer, None)


def _decide_by_name(own: int, named: int | None, ancestors: Sequence[int]) -> PayerDecision | Refusal:
    if named is None:
        return invalid("who_pays.customer", "required", "mode ancestor needs the customer who is to pay", "WHO-1")
    if named != own and named not in ancestors:
        message = "only the customer itself or one of its ancestors can pay for a subscription"
        return conflict("who_pays.customer", "not_an_ancestor", message, "WHO-3", named)
    return PayerDecision(WhoPaysMode.ANCESTOR, named, None)


def _decide_by_group(
    question: PayerQuestion, settings: Settings, ancestors: Sequence[int], group: SubscriptionGroup | None
) -> PayerDecision | Refusal:
    own = question.account.customer_id
    if group is None:
        return invalid("group", "unknown", "there is no such group", "GRP-1", question.group)
    if not settings.enable_who_pays:
        message = "a subscription can't be put in a group while the setting Enable WhoPays is off"
        return conflict("group", "switched_off", message, "WHO-1", question.group)
    if group.payer_id != own and group.payer_id not in ancestors:
        message = "only subscriptions of the group's payer or of customers below it can be in the group"
        return conflict("group", "not_below_payer", message, "GRP-3", question.group)
    if question.choice is None:
        mode = WhoPaysMode.CUSTOMER_CONSOLIDATED if group.payer_id == own else WhoPaysMode.ANCESTOR
        return PayerDecision(mode, group.payer_id, group.id)
    chosen = _decide_by_choice(question.account, question.choice, ancestors)
    if isinstance(chosen, Refusal):
        return chosen
    if chosen.mode is WhoPaysMode.CUSTOMER_SEPARATE or chosen.payer != group.payer_id:
        message = f"the group is on its payer's invoice, {chosen.mode} is not; choose one of the two"
        return conflict("group", "contradicts_who_pays", message, "GRP-1", question.group)
    return PayerDecision(chosen.mode, chosen.payer, group.id)


def _checked(
    question: PayerQuestion, decision: PayerDecision | Refusal | None, accounts: Mapping[int, Account]
) -> PayerDecision | Refusal | None:
    """WHO-4: the payer's default account can take the subscription's charges."""
    if not isinstance(decision, PayerDecision):
        return decision
    paying = accounts[decision.payer]
    if paying.status != AccountStatus.ACTIVE:
        fault = f"is {paying.status}; it must be active"
    elif paying.currency != question.account.currency:
        fault = f"has currency {paying.currency}; the subscription needs {question.account.currency}"
    elif paying.owner_id != question.account.owner_id:
        fault = "belongs to another owner than the subscription's account"
    else:
        return decision
    field = "group" if question.group is not None else "who_pays"
    number = name_in_reach(paying, "of another organization")
    message = f"the payer's default account {number} {fault}"
    return conflict(field, "payer_cannot_take_it", message, "WHO-4", number)
