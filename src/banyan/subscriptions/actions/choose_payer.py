"""Choose who pays for subscriptions from a day on (WHO-1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction

from banyan.accounts.today import today
from banyan.engine.facts import Timing
from banyan.kernel.refusals import Refusal, conflict, invalid
from banyan.subscriptions.inputs import NewPayer, WhoPaysChoice
from banyan.subscriptions.locking import lock_subscriptions, no_such_subscription
from banyan.subscriptions.models import Subscription, WhoPays
from banyan.subscriptions.payer_dates import PayerChange, change_payers
from banyan.subscriptions.who_pays import (
    DecidedPayer,
    PayerDecision,
    PayerQuestion,
    decide_payers,
    missing_in_choices,
    payer_changes,
)


def choose_payers(new: Sequence[NewPayer]) -> list[Subscription | Refusal]:
    """From its day on (see effective_day) each choice holds, in the payer's default group or the one that is given.

    A choice is made after those before it; a refusal at a position stops no other. The same again changes nothing.
    """
    results: dict[int, Subscription | Refusal] = {}
    with transaction.atomic():
        held = lock_subscriptions(one.subscription for one in new)
        for choices in _one_of_each_subscription(new):
            results |= _choose(choices, held)
    return [results[position] for position in range(len(new))]


def choose_payer(
    subscription_id: int, choice: WhoPaysChoice | None, effective_date: date | None = None, group: int | None = None
) -> Subscription:
    """From the day on the choice holds, for one subscription. Without choice and group the account pays again."""
    (result,) = choose_payers([NewPayer(subscription_id, choice, effective_date, group)])
    if isinstance(result, Refusal):
        raise result
    return result


def _one_of_each_subscription(new: Sequence[NewPayer]) -> list[dict[int, NewPayer]]:
    """The choices by position: the first of each subscription, then the second of each, and so on."""
    rounds: list[dict[int, NewPayer]] = []
    count: dict[int, int] = defaultdict(int)
    for position, one in enumerate(new):
        if count[one.subscription] == len(rounds):
            rounds.append({})
        rounds[count[one.subscription]][position] = one
        count[one.subscription] += 1
    return rounds


def _choose(choices: Mapping[int, NewPayer], held: Mapping[int, Subscription]) -> dict[int, Subscription | Refusal]:
    """Choices of different subscriptions, by position: decided and written at once."""
    results: dict[int, Subscription | Refusal] = {}
    refused: dict[int, Refusal] = {}
    changes: list[PayerChange] = []
    questions: dict[int, PayerQuestion] = {}
    for position, one in choices.items():
        try:
            subscription, since = _on_its_day(one, held)
        except Refusal as refusal:
            refused[position] = refusal
            continue
        results[position] = subscription
        if one.choice is None and one.group is None:
            changes.append(PayerChange(subscription.id, since, None, None))
        else:
            questions[position] = PayerQuestion(subscription.account, since, one.choice, one.group)
    decided = dict(zip(questions, decide_payers(list(questions.values())), strict=True))
    results |= {position: decision for position, decision in decided.items() if isinstance(decision, Refusal)}
    results |= _with_what_is_missing(refused, choices)
    taken = [
        DecidedPayer(choices[position].subscription, questions[position].on, decision, choices[position].until)
        for position, decision in decided.items()
        if isinstance(decision, PayerDecision)
    ]
    before = _open_choices(one.subscription for one in taken)
    for one_decided, wanted in zip(taken, payer_changes(taken), strict=True):
        if len(wanted) > 1 or not _holds_already(wanted[0], before.get(one_decided.subscription)):
            changes.extend(wanted)
        elif one_decided.until is not None:
            changes.append(PayerChange(one_decided.subscription, one_decided.until, None, None))
    change_payers(changes)
    return results


def _with_what_is_missing(refused: Mapping[int, Refusal], choices: Mapping[int, NewPayer]) -> dict[int, Refusal]:
    """What is refused for its day, with what it names and there isn't: nobody has asked who pays by it."""
    missing = missing_in_choices([(choices[position].choice, choices[position].group) for position in refused])
    return {
        position: Refusal([*refusal.problems, *problems], refusal.kind)
        for (position, refusal), problems in zip(refused.items(), missing, strict=True)
    }


def _on_its_day(one: NewPayer, held: Mapping[int, Subscription]) -> tuple[Subscription, date]:
    """The subscription and the day from which the choice is to hold; refused when it would hold on none."""
    if one.subscription not in held:
        raise no_such_subscription(one.subscription)
    subscription = held[one.subscription]
    since = effective_day(subscription, one.effective_date)
    if one.until is not None and one.until <= since:
        message = f"{one.until} is not after {since}, the first day"
        raise invalid("until", "out_of_range", message, "REL-1", one.until)
    return subscription, since


def _open_choices(subscription_ids: Iterable[int]) -> dict[int, WhoPays]:
    """What holds without end, by subscription."""
    rows = WhoPays.objects.filter(subscription__id__any_of=list(subscription_ids), during__endswith__isnull=True)
    return {row.subscription_id: row for row in rows}


def _holds_already(wanted: PayerChange, held: WhoPays | None) -> bool:
    if held is None or held.during.lower > wanted.since:
        return False
    return (held.mode, held.group_id) == (wanted.mode, wanted.group_id)


def effective_day(subscription: Subscription, effective_date: date | None) -> date:
    """The given day; else today, or the subscription's start while that is to come. Refused: a day before the start.

    While billing is behind, "today" reaches back to the first day that is not billed: what was billed keeps its
    payer, and whatever is still to be billed gets the new one.
    """
    if effective_date is None:
        return max(min(today(subscription.account.owner_id), _first_open_day(subscription)), subscription.start_date)
    if effective_date < subscription.start_date:
        message = f"{effective_date} is before the subscription's start, {subscription.start_date}"
        raise conflict("effective_date", "before_start", message, "REL-1", effective_date)
    return effective_date


def _first_open_day(subscription: Subscription) -> date:
    """The first billing date no run has billed the subscription for; in arrears it follows the last period's end."""
    billed = subscription.items.filter(billed_until__isnull=False).values_list("billed_until", "price__timing")
    open_from = (
        until if timing == Timing.IN_ADVANCE else until + timedelta(days=1) for until, timing in billed if until
    )
    return max(open_from, default=subscription.start_date)
