"""End a subscription on a day (SUB-5)."""

from datetime import date

from django.db import transaction

from banyan.accounts.models import BillCycle
from banyan.catalog.facts import load_prices
from banyan.contracts.queries import latest_end
from banyan.engine.facts import Price, PriceType, Timing
from banyan.foundation.clock import now
from banyan.kernel.calendar import last_day, period_at
from banyan.kernel.refusals import conflict
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import EarlierBillCycle, Subscription, SubscriptionItem
from banyan.subscriptions.terms import prices_in_force


def cancel_subscription(subscription_id: int, date: date, prorate: bool = True) -> Subscription:
    """`date` is the first day that is no longer served. What was billed beyond it is credited by the next run.

    With `prorate` false the period that the day is in stays charged in full where it is charged in advance, and so does
    everything billed in advance. A cancelled subscription can be cancelled again for another day. Refused: a day before
    the start, the day it ends on anyway, and a day after an end that was agreed from the beginning.
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        _check_day(subscription, date)
        earlier_end = subscription.ends_before
        if subscription.cancelled_at is None:
            subscription.agreed_ends_before = earlier_end
        subscription.ends_before = date
        subscription.cancelled_at = now()
        subscription.save(update_fields=["ends_before", "agreed_ends_before", "cancelled_at"])
        items = list(subscription.items.order_by("id"))
        _keep_billed(subscription, items, None if prorate else date)
        since = date if earlier_end is None else min(date, earlier_end)
        mark_changed({item.id: since for item in items})
    return subscription


def _check_day(subscription: Subscription, day: date) -> None:
    end = subscription.ends_before
    if day < subscription.start_date:
        message = f"{day} is before the subscription's start, {subscription.start_date}"
        raise conflict("date", "before_start", message, "SUB-5", day)
    if day == end:
        message = f"the last day of subscription {subscription.number} is {last_day(day)} already"
        raise conflict("date", "already_ends", message, "SUB-5", day)
    if end is not None and subscription.cancelled_at is None and day > end:
        message = f"{day} is after {last_day(end)}, the last day of the subscription anyway"
        raise conflict("date", "after_end", message, "SUB-5", day)
    contract_end = latest_end(subscription.contract) if subscription.contract else None
    if contract_end is not None and day > max(contract_end, subscription.start_date):
        message = f"{day} is after {last_day(contract_end)}, when its contract ends"
        raise conflict("date", "after_contract", message, "CTR-2", day)


def _keep_billed(subscription: Subscription, items: list[SubscriptionItem], cancelled_on: date | None) -> None:
    """Set until when each item's charges in advance stand although it has ended; not at all without a day."""
    kept: dict[int, date | None] = {}
    if cancelled_on is not None:
        anchor = _anchor(subscription, cancelled_on)
        in_force = prices_in_force(items, cancelled_on)
        prices = load_prices(in_force.values())
        kept = {
            item.id: _kept_until(
                item, prices[in_force[item.id]], anchor, item.start_date or subscription.start_date, cancelled_on
            )
            for item in items
            if item.ends_before is None or item.ends_before > cancelled_on
        }
    for item in items:
        item.keep_until = kept.get(item.id)
    SubscriptionItem.objects.bulk_update(items, ["keep_until"])


def _kept_until(item: SubscriptionItem, price: Price, anchor: date, start: date, day: date) -> date | None:
    """The end of the period under way or of what is billed, the later one; None when neither reaches beyond the day."""
    if price.type is not PriceType.RECURRING or price.timing is not Timing.IN_ADVANCE or start >= day:
        return None
    period = period_at(anchor, price.interval, day)
    under_way_until = period.end if max(period.start, start) < day else day
    until = max(under_way_until, item.billed_until or day)
    return until if until > day else None


def _anchor(subscription: Subscription, day: date) -> date:
    """SUB-2: the day that the period in which `day` falls steps from."""
    if subscription.anchor == "start_date":
        return subscription.start_date
    earlier = EarlierBillCycle.objects.filter(account=subscription.account_id, until__gt=day).order_by("until").first()
    if earlier is not None:
        return earlier.bill_cycle.start_date
    return BillCycle.objects.get(accounts=subscription.account_id).start_date
