"""Turn an order into a subscription (SUB-1)."""

from banyan.accounts.opening import retry_on_unique_violation
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.models import Order, OrderStatus
from banyan.subscriptions.ordering import lock_draft_order, subscription_of
from banyan.subscriptions.subscribing import checked_candidates, subscribe


@retry_on_unique_violation
def activate_order(order_id: int) -> Order:
    """The order is active, and its subscription starts on the order's day, or today where it has none.

    Refused when it is no draft, and when by now a subscription with its terms would be: whoever activates it reaches
    whoever is to pay, whoever wrote it down (ORG-3).
    """
    order = lock_draft_order(order_id, "activated")
    (result,) = subscribe(checked_candidates([subscription_of(order)], ordered=True))
    if isinstance(result, Refusal):
        raise result if result.kind is Kind.FORBIDDEN else Refusal(result.problems, Kind.CONFLICT)
    order.status, order.subscription = OrderStatus.ACTIVE, result
    order.start_date, order.ends_before = result.start_date, result.ends_before
    order.save(update_fields=["status", "subscription", "start_date", "ends_before"])
    return order
