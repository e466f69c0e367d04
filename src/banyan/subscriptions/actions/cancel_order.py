"""Give up an order that was never activated (SUB-1)."""

from django.db import transaction

from banyan.foundation.clock import now
from banyan.subscriptions.models import Order, OrderStatus
from banyan.subscriptions.ordering import lock_draft_order


@transaction.atomic
def cancel_order(order_id: int) -> Order:
    """The order is cancelled for good. Refused when it is no draft: an active one's subscription is cancelled."""
    order = lock_draft_order(order_id, "cancelled")
    order.status, order.cancelled_at = OrderStatus.CANCELLED, now()
    order.save(update_fields=["status", "cancelled_at"])
    return order
