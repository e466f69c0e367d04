"""Put a subscription in a group (GRP-3)."""

from datetime import date

from django.db import transaction

from banyan.kernel.refusals import invalid, unknown
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.models import Subscription, SubscriptionGroup


def add_member(group_id: int, subscription_id: int, effective_date: date | None = None) -> Subscription:
    """From the day on (when not given: from today, or from what is still to be billed) the subscription is in this
    group, and in no other (GRP-1).

    Refused: a subscription of a customer that is neither the group's payer nor below it (GRP-3), and one whose currency
    or owner the payer's default account doesn't have (WHO-4).
    """
    with transaction.atomic():
        if not SubscriptionGroup.objects.select_for_update(no_key=True).filter(pk=group_id).exists():
            raise unknown("group", "there is no such group", group_id)
        if not Subscription.objects.filter(pk=subscription_id).exists():
            raise invalid("subscription", "unknown", "there is no such subscription", "GRP-3", subscription_id)
        return choose_payer(subscription_id, None, effective_date, group_id)
