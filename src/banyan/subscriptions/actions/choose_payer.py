"""Choose who pays for a subscription from a day on (WHO-1)."""

from datetime import date, timedelta

from django.db import transaction

from banyan.engine.facts import Timing
from banyan.foundation.clock import today
from banyan.kernel.refusals import Refusal, conflict
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.locking import hold_subscription
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.payer_dates import PayerChange, change_payers
from banyan.subscriptions.who_pays import PayerQuestion, decide_payers, groups_of


def choose_payer(
    subscription_id: int, choice: WhoPaysChoice | None, effective_date: date | None = None, group: int | None = None
) -> Subscription:
    """From the day on (see effective_day) the choice holds, in the payer's default group or the one that is given.

    Without either the account pays for itself again.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        since = effective_day(subscription, effective_date)
        if choice is None and group is None:
            change_payers([PayerChange(subscription.id, since, None, None)])
        else:
            decide_and_change(subscription, PayerQuestion(subscription.account, since, choice, group))
    return subscription


def decide_and_change(subscription: Subscription, question: PayerQuestion) -> None:
    """Ask who is to pay from the question's day on, and write it down; refused as decide_payers refuses."""
    (decision,) = decide_payers([question])
    if isinstance(decision, Refusal):
        raise decision
    assert decision is not None  # something was chosen
    (group,) = groups_of([decision]).values()
    held = subscription.who_pays.filter(during__contains=question.on, during__endswith__isnull=True).first()
    if held is None or (held.mode, held.group_id) != (decision.mode, group):
        change_payers([PayerChange(subscription.id, question.on, decision.mode, group)])


def effective_day(subscription: Subscription, effective_date: date | None) -> date:
    """The given day; else today, or the subscription's start while that is to come. Refused: a day before the start.

    While billing is behind, "today" reaches back to the first day that is not billed: what was billed keeps its
    payer, and whatever is still to be billed gets the new one.
    """
    if effective_date is None:
        return max(min(today(), _first_open_day(subscription)), subscription.start_date)
    if effective_date < subscription.start_date:
        message = f"{effective_date} is before the subscription's start, {subscription.start_date}"
        raise conflict("effective_date", "before_start", message, "REL-1", effective_date)
    return effective_date


def _first_open_day(subscription: Subscription) -> date:
    """The first billing date no run has billed the subscription for; in arrears it follows the last period's end."""
    billed = subscription.items.filter(billed_until__isnull=False).values_list("billed_until", "price__timing")
    open_from = (until if timing == Timing.IN_ADVANCE else until + timedelta(days=1) for until, timing in billed)
    return max(open_from, default=subscription.start_date)
