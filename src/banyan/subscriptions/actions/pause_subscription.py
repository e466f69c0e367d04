"""Pause a subscription for some days, or until further notice (SUB-9)."""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.kernel.calendar import day_after, last_day
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.checks import check_served
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_all_changed
from banyan.subscriptions.models import Subscription, SubscriptionPause


@transaction.atomic
def pause_subscription(subscription_id: int, date: date, until: date | None = None) -> Subscription:
    """From `date` to `until`, the last day of the pause (None: until it is resumed), nothing of it is charged.

    What was billed in advance for these days is credited by the next run (SUB-5). Refused: a day on which it is not
    served, an end before the first day, and days of which some are paused already.
    """
    subscription = lock_subscription(subscription_id)
    problems = Problems()
    check_served(problems, subscription, date, "SUB-9")
    if until is not None and until < date:
        message = f"{until} is before {date}, the first day of the pause"
        problems.add("until", "before_date", message, "SUB-9", until)
    else:
        _check_no_other(problems, subscription, DateRange(date, day_after(until)))
    problems.raise_if_any()
    SubscriptionPause.objects.create(subscription=subscription, during=DateRange(date, day_after(until)))
    mark_all_changed(subscription, date)
    return subscription


def _check_no_other(problems: Problems, subscription: Subscription, days: DateRange) -> None:
    other = SubscriptionPause.objects.filter(subscription=subscription, during__overlap=days).order_by("during").first()
    if other is not None:
        end = last_day(other.during.upper)
        paused = f"from {other.during.lower} on" if end is None else f"from {other.during.lower} to {end}"
        message = f"subscription {subscription.number} is paused {paused} already"
        problems.add("date", "already_paused", message, "SUB-9", days.lower, Kind.CONFLICT)
