"""The terms of items that are in force on a day: of price and quantity each the last agreed on or before it (SUB-8)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from banyan.subscriptions.models import ItemTerms, SubscriptionItem


def terms_in_force(items: Sequence[SubscriptionItem], on: date) -> dict[int, tuple[int, Decimal]]:
    """Price and quantity of each item on the day, by item."""
    in_force = {item.id: (item.price_id, item.quantity) for item in items}
    for terms in ItemTerms.objects.filter(item__in=items, since__lte=on).order_by("since"):
        price, quantity = in_force[terms.item_id]
        in_force[terms.item_id] = (
            price if terms.price_id is None else terms.price_id,
            quantity if terms.quantity is None else terms.quantity,
        )
    return in_force


def prices_in_force(items: Sequence[SubscriptionItem], on: date) -> dict[int, int]:
    """The price of each item on the day, by item."""
    return {item_id: price_id for item_id, (price_id, _) in terms_in_force(items, on).items()}


def agreed_changes(items: Sequence[SubscriptionItem], after: date) -> list[ItemTerms]:
    """SUB-8: what is agreed for days after that one, in the order of the days."""
    return list(ItemTerms.objects.filter(item__in=items, since__gt=after).order_by("since", "item_id"))
