"""Delete an order that nothing came of (SUB-1)."""

from django.db import transaction

from banyan.foundation.deleting import locked_for_deletion
from banyan.kernel.refusals import conflict
from banyan.subscriptions.models import Order, OrderStatus


@transaction.atomic
def delete_order(order_id: int) -> None:
    """The order is gone; refused for an active one, which says what was subscribed to."""
    order = locked_for_deletion(Order, order_id)
    if order.status == OrderStatus.ACTIVE:
        message = f"order {order.number} is active and stays; cancel its subscription"
        raise conflict("id", "already_active", message, "SUB-1", order.number)
    order.delete()
