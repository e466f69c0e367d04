"""Let a paused subscription go on (SUB-9)."""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.kernel.refusals import conflict
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_all_changed
from banyan.subscriptions.models import Subscription, SubscriptionPause


@transaction.atomic
def resume_subscription(subscription_id: int, date: date) -> Subscription:
    """From `date` on it is charged again. Resumed on the first day of a pause, it is as if that had never been.

    The day may lie in the past: the next run bills the difference (SUB-5). Refused: a day on which it is not paused.
    """
    subscription = lock_subscription(subscription_id)
    pause = SubscriptionPause.objects.filter(subscription=subscription, during__contains=date).first()
    if pause is None:
        message = f"subscription {subscription.number} is not paused on {date}"
        raise conflict("date", "not_paused", message, "SUB-9", date)
    if pause.during.lower == date:
        pause.delete()
    else:
        pause.during = DateRange(pause.during.lower, date)
        pause.save(update_fields=["during"])
    mark_all_changed(subscription, date)
    return subscription
