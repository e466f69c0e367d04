"""Which customer pays for a subscription, and in which group: by choice, group or setting (WHO-1 to WHO-4).

A payer that is found through the hierarchy (parent, eldest ancestor) follows it; a named one pays while it is an
ancestor. So a decision also looks at the moves that are recorded for later days.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from banyan.accounts.models import Account, AccountStatus, Customer
from banyan.engine.facts import WhoPaysMode
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Problem, Refusal, conflict, invalid
from banyan.organizations.access_scope import name_in_scope
from banyan.organizations.roles import Role
from banyan.organizations.roles_needed import ROLE_TO_RELATE
from banyan.relations.edges import CUSTOMER_PARENT
from banyan.relations.lineages import lock_customer_hierarchy
from banyan.relations.payers_in_scope import Act, Pays, every_payer_is_in_scope, refuse_payers_beyond
from banyan.relations.spans import Span, spans_above
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup
from banyan.subscriptions.payer_dates import PayerChange

OWN = (WhoPaysMode.CUSTOMER_SEPARATE, WhoPaysMode.CUSTOMER_CONSOLIDATED)
"""The modes by which the customer itself pays, whoever is above it."""
BY_HIERARCHY = (WhoPaysMode.PARENT, WhoPaysMode.ELDEST_ANCESTOR, WhoPaysMode.ANCESTOR)
"""The modes by which somebody above it pays, so that a move can lead to another; of a charge that one is found anew on
each billing date (SUB-7)."""

_ELSEWHERE = "of another organization"


@dataclass(frozen=True, slots=True)
class PayerQuestion:
    """Who is to pay for a subscription of `account` from day `on`: as chosen, in a group, or by the setting.

    `stands`: it is paid by this choice already, so nobody comes to pay by it. `ordered`: an order says so, written down
    by somebody who might; who does what it says needs the role of that.
    """

    account: Account
    on: date
    choice: WhoPaysChoice | None
    group: int | None = None
    stands: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class PayerDecision:
    """The paying customer; `group` None: the default group, or none at all for `customer_separate`.

    `then`: the later days on which the hierarchy lets another customer pay, in its default group; None: nobody, the
    account pays for itself from there on.
    """

    mode: WhoPaysMode
    payer: int
    group: int | None
    then: tuple[tuple[date, int | None], ...] = ()

    @property
    def payers(self) -> set[int]:
        return {self.payer, *(payer for _, payer in self.then if payer is not None)}


@dataclass(frozen=True, slots=True)
class DecidedPayer:
    """Who pays for a subscription from `since` on, up to `until` (None: open)."""

    subscription: int
    since: date
    decision: PayerDecision
    until: date | None = None


def decide_payers(questions: Sequence[PayerQuestion]) -> list[PayerDecision | Refusal | None]:
    """An answer to each question: who pays, why the choice is refused, or None when the account simply pays (WHO-3).

    However it leads to a payer, the caller reaches that one with the role (ORG-3, relations/payers_in_scope.py). Until
    the transaction ends the customer hierarchy stays as it was looked at.
    """
    settings = read_settings()
    if not any(_is_asked(question, settings) for question in questions):
        return [None] * len(questions)
    lock_customer_hierarchy()
    above = _spans_above([question for question in questions if _is_asked(question, settings)])
    groups = SubscriptionGroup.objects.in_bulk({q.group for q in questions if q.group is not None})
    missing = missing_in_choices([(question.choice, question.group) for question in questions])
    decided = [
        Refusal(problems)
        if problems
        else _decide_for_good(question, settings, above[question.account.customer_id], groups)
        for question, problems in zip(questions, missing, strict=True)
    ]
    payers = {payer for decision in decided if isinstance(decision, PayerDecision) for payer in decision.payers}
    accounts = {
        account.customer_id: account for account in Account.objects.filter(customer__in=payers, is_default=True)
    }
    return [_checked(question, decision, accounts) for question, decision in zip(questions, decided, strict=True)]


def missing_in_choices(choices: Sequence[tuple[WhoPaysChoice | None, int | None]]) -> list[list[Problem]]:
    """What each choice, with the group that it is for, names and there isn't: a mode, a customer, a group."""
    customers = {one.customer for one, _ in choices if one is not None and one.customer is not None}
    payers = set(Customer.objects.filter(pk__in=customers).values_list("id", flat=True))
    wanted = {group for _, group in choices if group is not None}
    groups = set(SubscriptionGroup.objects.filter(pk__in=wanted).values_list("id", flat=True))
    return [list(_missing(choice, group, payers, groups)) for choice, group in choices]


def _missing(
    choice: WhoPaysChoice | None, group: int | None, payers: Collection[int], groups: Collection[int]
) -> Iterator[Problem]:
    if choice is not None and choice.mode not in list(WhoPaysMode):
        message = f"mode {choice.mode!r} is none of {', '.join(WhoPaysMode)}"
        yield Problem("who_pays.mode", "not_a_choice", message, "WHO-1", choice.mode)
    if choice is not None and choice.mode == WhoPaysMode.ANCESTOR and choice.customer is None:
        yield Problem("who_pays.customer", "required", "mode ancestor needs the customer who is to pay", "WHO-1")
    if choice is not None and choice.customer is not None and choice.customer not in payers:
        yield Problem("who_pays.customer", "unknown", "there is no such customer", "WHO-1", choice.customer)
    if group is not None and group not in groups:
        yield Problem("group", "unknown", "there is no such group", "GRP-1", group)


def payer_by(mode: str, own: int, payer: int, nearest: int | None, eldest: int | None, is_above: bool) -> int | None:
    """The customer that `mode` leads to for a subscription of customer `own`, of whose ancestors these are two.

    `payer` is who paid so far, an ancestor if it `is_above`; None: nobody pays for it any more.
    """
    if mode == WhoPaysMode.PARENT:
        return nearest
    if mode == WhoPaysMode.ELDEST_ANCESTOR:
        return own if eldest is None else eldest
    return payer if payer == own or is_above else None


def payer_changes(decided: Sequence[DecidedPayer]) -> list[list[PayerChange]]:
    """What each decision writes, in the order of the days; default groups that are missing are made."""
    defaults = default_groups(
        payer
        for one in decided
        if one.decision.mode != WhoPaysMode.CUSTOMER_SEPARATE
        for payer in one.decision.payers
        if one.decision.group is None or payer != one.decision.payer
    )
    return [list(_changes(one, defaults)) for one in decided]


def _changes(one: DecidedPayer, defaults: Mapping[int, int]) -> Iterator[PayerChange]:
    decision = one.decision
    group = None if decision.mode == WhoPaysMode.CUSTOMER_SEPARATE else decision.group or defaults[decision.payer]
    yield PayerChange(one.subscription, one.since, decision.mode, group, one.until)
    for day, payer in decision.then:
        if one.until is not None and one.until <= day:
            return
        if payer is None:
            yield PayerChange(one.subscription, day, None, None)
        else:
            yield PayerChange(one.subscription, day, decision.mode, defaults[payer], one.until)


def _spans_above(questions: Sequence[PayerQuestion]) -> Mapping[int, Sequence[Span]]:
    """Who is above each customer asked about, by customer, on which days."""
    above: dict[int, list[Span]] = defaultdict(list)
    customers = {question.account.customer_id for question in questions}
    for span in spans_above(CUSTOMER_PARENT, customers, min(question.on for question in questions)):
        if span.levels:
            above[span.start].append(span)
    return above


def _ancestors(above: Sequence[Span], on: date) -> tuple[int, ...]:
    """Those above on the day, nearest first."""
    of_day = sorted((span for span in above if span.holds_on(on)), key=lambda span: span.levels)
    return tuple(span.relative for span in of_day)


def _decide_for_good(
    question: PayerQuestion, settings: Settings, above: Sequence[Span], groups: Mapping[int, SubscriptionGroup]
) -> PayerDecision | Refusal | None:
    """The decision for the day that is asked about, and what the moves of later days make of it."""
    decision = _decide(question, settings, _ancestors(above, question.on), groups)
    if not isinstance(decision, PayerDecision) or decision.mode in OWN:
        return decision
    days = {day for span in above for day in (span.first, span.end) if day is not None and day > question.on}
    payer, then = decision.payer, []
    for day in sorted(days):
        following = _payer_on(day, decision.mode, question.account.customer_id, payer, above)
        if following != payer:
            then.append((day, following))
        if following is None:
            break
        payer = following
    return replace(decision, then=tuple(then))


def _payer_on(day: date, mode: str, own: int, payer: int, above: Sequence[Span]) -> int | None:
    ancestors = _ancestors(above, day)
    nearest, eldest = (ancestors[0], ancestors[-1]) if ancestors else (None, None)
    return payer_by(mode, own, payer, nearest, eldest, payer in ancestors)


def _is_asked(question: PayerQuestion, settings: Settings) -> bool:
    by_setting = settings.enable_who_pays and settings.default_payer_and_consolidation is not None
    return question.choice is not None or question.group is not None or by_setting


def _decide(
    question: PayerQuestion, settings: Settings, ancestors: Sequence[int], groups: Mapping[int, SubscriptionGroup]
) -> PayerDecision | Refusal | None:
    """The decision by choice, group or setting, before the payer's account is looked at (WHO-4)."""
    if question.group is not None:
        return _decide_by_group(question, settings, ancestors, groups[question.group])
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
    mode = WhoPaysMode(choice.mode)
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
    if named is None or (named != own and named not in ancestors):
        message = "only the customer itself or one of its ancestors can pay for a subscription"
        return conflict("who_pays.customer", "not_an_ancestor", message, "WHO-3", named)
    return PayerDecision(WhoPaysMode.ANCESTOR, named, None)


def _decide_by_group(
    question: PayerQuestion, settings: Settings, ancestors: Sequence[int], group: SubscriptionGroup
) -> PayerDecision | Refusal:
    own = question.account.customer_id
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
    """ORG-3: the caller reaches whoever is to pay. WHO-4: the payer's default account can take the charges."""
    if not isinstance(decision, PayerDecision):
        return decision
    if not question.stands and (refusal := _beyond(question, decision, accounts)):
        return refusal
    for day, payer in ((question.on, decision.payer), *decision.then):
        own = question.account
        if payer is not None and (fault := fault_of(accounts[payer], own.owner_id, own.currency)):
            field = "group" if question.group is not None else "who_pays"
            number = name_in_scope(accounts[payer], _ELSEWHERE)
            if number == _ELSEWHERE:
                fault = f"can't take it: it must be active, of the same owner and in {own.currency}"
            whose = "the payer's" if day == question.on else f"by a move, from {day} on the payer's"
            return conflict(field, "payer_cannot_take_it", f"{whose} default account {number} {fault}", "WHO-4", number)
    return decision


def _beyond(question: PayerQuestion, decision: PayerDecision, accounts: Mapping[int, Account]) -> Refusal | None:
    """Why the caller can't let these customers pay, by way of their default accounts; None: it can."""
    own = question.account
    act = _act(question, decision)
    if every_payer_is_in_scope(act.role):
        return None
    days = [(question.on, decision.payer), *decision.then]
    ends = [*(day for day, _ in days[1:]), None]
    pays = [
        Pays(own.pk, own.pk if payer is None else accounts[payer].pk, day, end)
        for (day, payer), end in zip(days, ends, strict=True)
    ]
    try:
        refuse_payers_beyond([Pays(own.pk, own.pk, question.on, None)], pays, {own.pk: own.pk}, act)
    except Refusal as refusal:
        return refusal
    return None


def _act(question: PayerQuestion, decision: PayerDecision) -> Act:
    """What it takes to let these customers pay, and at which field it is refused: to tie a subscription to another
    customer takes a manager there, however that one is named; what a setting leads to, who does the rest."""
    choice, others = question.choice, decision.payers != {question.account.customer_id}
    is_tied = others and not question.ordered and (choice is not None or question.group is not None)
    role = ROLE_TO_RELATE if is_tied else Role.OPERATOR
    another = "choose another payer, or let somebody choose who reaches both"
    if question.group is not None:
        return Act(role, "group", question.group, "the group leads to", another)
    if choice is None:
        way = f"by the setting Default Payer & Consolidation mode {decision.mode} leads to"
        return Act(role, "who_pays", None, way, "choose who pays")
    if choice.customer is not None:
        return Act(role, "who_pays.customer", choice.customer, f"mode {choice.mode} leads to", another)
    return Act(role, "who_pays.mode", choice.mode, f"mode {choice.mode} leads to", another)


def fault_of(paying: Account, owner: int, currency: str) -> str | None:
    """Why a payer's default account can't take charges of that owner in that currency (WHO-4); None: it can."""
    if paying.status != AccountStatus.ACTIVE:
        return f"is {paying.status}; it must be active"
    if paying.currency != currency:
        return f"has currency {paying.currency}; the subscription needs {currency}"
    if paying.owner_id != owner:
        return "belongs to another owner than the subscription's account"
    return None
