"""The terms of items, from day to day (SUB-8): of price and quantity each the last agreed on or before a day holds.

Who agrees terms or takes them back ends with `keep_what_changes`, so that the same terms are always the same rows.
"""

from collections.abc import Iterable, Sequence
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


def keep_what_changes(items: Iterable[SubscriptionItem]) -> None:
    """SUB-8: no row names a price or quantity that holds already on the day before it. On every day the same holds."""
    held = {item.id: (item.price_id, item.quantity) for item in items}
    for terms in ItemTerms.objects.filter(item__in=held).order_by("since"):
        price, quantity = held[terms.item_id]
        new_price = None if terms.price_id == price else terms.price_id
        new_quantity = None if terms.quantity == quantity else terms.quantity
        if new_price is None and new_quantity is None:
            terms.delete()
        elif (new_price, new_quantity) != (terms.price_id, terms.quantity):
            terms.price_id, terms.quantity = new_price, new_quantity
            terms.save(update_fields=["price", "quantity"])
        held[terms.item_id] = (
            price if new_price is None else new_price,
            quantity if new_quantity is None else new_quantity,
        )
