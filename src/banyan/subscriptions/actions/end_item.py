"""End an item of a subscription while the others go on (SUB-9)."""

from datetime import date

from django.db import transaction

from banyan.kernel.calendar import last_day
from banyan.kernel.refusals import Refusal, conflict, unknown
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.subscriptions.usage_once import refuse_charged_twice


@transaction.atomic
def end_item(subscription_id: int, item_id: int, date: date | None) -> SubscriptionItem:
    """`date` is the first day on which the item is no longer served; None takes an end back: it goes on with the
    others.

    What was billed beyond is credited by the next run (SUB-5). Refused: a day before the item's start, the one it ends
    on already, and one on which the subscription is over.
    """
    subscription = lock_subscription(subscription_id)
    item = SubscriptionItem.objects.filter(pk=item_id, subscription=subscription).first()
    if item is None:
        raise unknown("item", "the subscription has no such item", item_id)
    if refusal := _fault(subscription, item, date):
        raise refusal
    ends = [end for end in (item.ends_before, date) if end is not None]
    item.ends_before = date
    item.save(update_fields=["ends_before"])
    if date != min(ends):
        refuse_charged_twice(subscription.account_id, subscription.id, "date")
    mark_changed({item.id: min(ends)})
    return item


def _fault(subscription: Subscription, item: SubscriptionItem, day: date | None) -> Refusal | None:
    start = item.start_date or subscription.start_date
    if day == item.ends_before:
        already = "has no end of its own" if day is None else f"ends before {day} already"
        return conflict("date", "already_ends", f"the item {already}", "SUB-9", day)
    if day is None:
        return None
    if day < start:
        return conflict("date", "before_start", f"{day} is before the item's start, {start}", "SUB-9", day)
    if subscription.ends_before is not None and day > subscription.ends_before:
        message = f"{day} is after {last_day(subscription.ends_before)}, the last day of the subscription"
        return conflict("date", "after_end", message, "SUB-9", day)
    return None
