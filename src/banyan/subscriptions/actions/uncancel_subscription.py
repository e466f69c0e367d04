"""Take back the cancellation of a subscription (SUB-9)."""

from datetime import date

from django.db import transaction

from banyan.contracts.queries import latest_end
from banyan.kernel.calendar import last_day
from banyan.kernel.refusals import conflict
from banyan.organizations.roles import Role
from banyan.relations.payers_in_scope import Act, refuse_payers_beyond
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.subscriptions.usage_once import refuse_charged_twice
from banyan.subscriptions.who_comes_to_pay import payers_from

AGAIN = Act(
    Role.OPERATOR,
    "subscription",
    None,
    "without its cancellation the subscription leads to",
    "choose another payer, or let somebody do it who reaches both",
)


@transaction.atomic
def uncancel_subscription(subscription_id: int) -> Subscription:
    """It goes on as if it had not been cancelled, to the end that was agreed before, if there was one.

    What was credited for the cancellation is charged again by the next run (SUB-5). Who pays and groups go on as they
    were; the cancellation ended that, so whoever pays again is reached (ORG-3). Under a contract that has an end by now
    it goes on to that. Refused: one that was not cancelled, and one that ended with its contract.
    """
    subscription = lock_subscription(subscription_id)
    ended = subscription.ends_before
    if subscription.cancelled_at is None or ended is None:
        message = f"subscription {subscription.number} was not cancelled"
        raise conflict("subscription", "not_cancelled", message, "SUB-9", subscription.number)
    end = _end(subscription)
    if end is not None and end <= ended:
        message = f"subscription {subscription.number} ended with its contract, on {last_day(ended)}"
        raise conflict("subscription", "after_contract", message, "CTR-2", last_day(ended))
    paid = payers_from(subscription, ended)
    refuse_payers_beyond([], paid, {subscription: subscription.account_id}, AGAIN)
    subscription.ends_before, subscription.agreed_ends_before, subscription.cancelled_at = end, None, None
    subscription.save(update_fields=["ends_before", "agreed_ends_before", "cancelled_at"])
    items = SubscriptionItem.objects.filter(subscription=subscription)
    mark_changed(dict.fromkeys(items.values_list("id", flat=True), ended))
    items.update(keep_until=None)
    refuse_charged_twice(subscription.account_id, subscription.id, "subscription")
    return subscription


def _end(subscription: Subscription) -> date | None:
    of_contract = latest_end(subscription.contract) if subscription.contract else None
    if of_contract is not None:
        of_contract = max(of_contract, subscription.start_date)
    ends = [end for end in (subscription.agreed_ends_before, of_contract) if end is not None]
    return min(ends, default=None)
