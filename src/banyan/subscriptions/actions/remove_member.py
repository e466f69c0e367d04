"""Take a subscription out of its group (GRP-3)."""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.kernel.refusals import conflict
from banyan.subscriptions.actions.choose_payer import effective_day
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.payer_dates import PayerChange, change_payers


def remove_member(group_id: int, subscription_id: int, effective_date: date | None = None) -> Subscription:
    """From the day on (when not given: from today, or from what is still to be billed) the subscription's account
    pays for itself again.

    Refused when the subscription is not in the group on that day or later.
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        since = effective_day(subscription, effective_date)
        if not subscription.who_pays.filter(group=group_id, during__overlap=DateRange(since, None)).exists():
            message = f"subscription {subscription.number} is not in the group"
            raise conflict("subscription", "not_a_member", message, "GRP-3", subscription.number)
        change_payers([PayerChange(subscription.id, since, None, None)])
    return subscription
