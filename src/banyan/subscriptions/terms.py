"""The terms of items that are in force on a day: the last agreed on or before it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from banyan.subscriptions.models import ItemTerms, SubscriptionItem


def terms_in_force(items: Sequence[SubscriptionItem], on: date) -> dict[int, tuple[int, Decimal]]:
    """Price and quantity of each item on the day, by item."""
    in_force = {item.id: (item.price_id, item.quantity) for item in items}
    for terms in ItemTerms.objects.filter(item__in=items, since__lte=on).order_by("since"):
        in_force[terms.item_id] = (terms.price_id, terms.quantity)
    return in_force


def prices_in_force(items: Sequence[SubscriptionItem], on: date) -> dict[int, int]:
    """The price of each item on the day, by item."""
    return {item_id: price_id for item_id, (price_id, _) in terms_in_force(items, on).items()}
