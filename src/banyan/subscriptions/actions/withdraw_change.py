"""Take back a change of a subscription's item that was agreed (SUB-8)."""

from django.db import transaction

from banyan.kernel.refusals import unknown
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import ItemTerms, Subscription
from banyan.subscriptions.terms import keep_what_changes, terms_in_force
from banyan.subscriptions.usage_once import refuse_charged_twice


def withdraw_change(subscription_id: int, change_id: int) -> Subscription:
    """From its day on, what held before it holds again, until the next that is agreed.

    One whose day has passed can be taken back as well: what was billed by it is corrected by the next run (SUB-5).
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        terms = ItemTerms.objects.select_related("item").filter(pk=change_id, item__subscription=subscription).first()
        if terms is None:
            raise unknown("change", "the subscription has no such change", change_id)
        held = terms_in_force([terms.item], terms.since)
        terms.delete()
        keep_what_changes([terms.item])
        if terms.price_id is not None:
            refuse_charged_twice(subscription.account_id, subscription.id, "change")
        if terms_in_force([terms.item], terms.since) != held:
            mark_changed({terms.item_id: terms.since})
    return subscription
