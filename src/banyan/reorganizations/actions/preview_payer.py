"""Show what choosing a payer, or putting a subscription in a group, would lead to, and change nothing (REL-3)."""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from banyan.kernel.refusals import unknown
from banyan.reorganizations.actions.preview_move import PayerPreview
from banyan.reorganizations.queries import payers_on
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.choose_payer import choose_payer, effective_day
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import Subscription


def preview_payer(
    subscription_id: int, choice: WhoPaysChoice | None, effective_date: date | None = None
) -> tuple[date, PayerPreview]:
    """What choose_payer would do, and from which day on; refused for the same reasons."""
    return _preview(subscription_id, effective_date, lambda: choose_payer(subscription_id, choice, effective_date))


def preview_member(
    group_id: int, subscription_id: int, effective_date: date | None = None
) -> tuple[date, PayerPreview]:
    """What add_member would do, and from which day on; refused for the same reasons."""
    return _preview(subscription_id, effective_date, lambda: add_member(group_id, subscription_id, effective_date))


def _preview(
    subscription_id: int, effective_date: date | None, change: Callable[[], object]
) -> tuple[date, PayerPreview]:
    """Do it, look, and take it back."""
    with transaction.atomic():
        subscription = Subscription.objects.filter(pk=subscription_id).first()
        if subscription is None:
            raise unknown("subscription", "there is no such subscription", subscription_id)
        day = effective_day(subscription, effective_date)
        now = payers_on([subscription], day)[subscription.id]
        change()
        then = payers_on([subscription], day)[subscription.id]
        transaction.set_rollback(True)
    return day, PayerPreview(subscription.id, subscription.number, now, then)
