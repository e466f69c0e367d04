"""Orders as they are written down, and what is subscribed to when one is activated (SUB-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from banyan.accounts.copying import copy_in
from banyan.kernel.calendar import day_after
from banyan.kernel.refusals import conflict, unknown
from banyan.subscriptions.inputs import NewItem, NewOrder, NewSubscription, WhoPaysChoice
from banyan.subscriptions.models import Order, OrderItem, OrderStatus, Subscription
from banyan.subscriptions.numbering import ids_and_numbers


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What was asked for, and the subscription that came of it, if it was asked for directly."""

    new: NewOrder | NewSubscription
    subscription: Subscription | None = None
    number: str | None = None


def write_orders(made: Sequence[MadeFrom]) -> list[Order]:
    """An order for each: active with its subscription, a draft without."""
    if not made:
        return []
    drawn = ids_and_numbers(Order, "O", [one.number for one in made])
    orders = [_row(one, id_, number) for one, (id_, number) in zip(made, drawn, strict=True)]
    copy_in(orders)
    copy_in([item for order, one in zip(orders, made, strict=True) for item in _items(order.id, one.new)])
    return orders


def rewrite_order(order: Order, new: NewSubscription) -> Order:
    """A draft with other terms."""
    for field, value in _terms(new).items():
        setattr(order, field, value)
    order.save()
    if list(subscription_of(order).items) != list(new.items):
        order.items.all().delete()
        OrderItem.objects.bulk_create(_items(order.id, new))
    return order


def _items(order_id: int, new: NewOrder | NewSubscription) -> list[OrderItem]:
    return [
        OrderItem(
            order_id=order_id,
            price_id=item.price,
            quantity=Decimal(1) if item.quantity is None else item.quantity,
            named_only=item.named_only,
        )
        for item in new.items
    ]


def _row(one: MadeFrom, id_: int, number: str) -> Order:
    subscription = one.subscription
    order = Order(id=id_, number=number, account_id=one.new.account, subscription=subscription, **_terms(one.new))
    if subscription is not None:
        order.status = OrderStatus.ACTIVE
        order.start_date, order.ends_before = subscription.start_date, subscription.ends_before
    return order


def _terms(new: NewOrder | NewSubscription) -> dict[str, Any]:
    """The columns of an order that tell what is to be subscribed to."""
    return {
        "start_date": new.start_date,
        "ends_before": day_after(new.end_date),
        "anchor": new.anchor or "cycle",
        "who_pays_mode": new.who_pays.mode if new.who_pays else None,
        "payer_id": new.who_pays.customer if new.who_pays else None,
        "group_id": new.group,
        "contract_id": new.contract,
    }


def subscription_of(order: Order) -> NewSubscription:
    """What activating the order subscribes its account to."""
    return NewSubscription(
        account=order.account_id,
        items=tuple(NewItem(item.price_id, item.quantity, item.named_only) for item in order.items.order_by("id")),
        start_date=order.start_date,
        end_date=order.end_date,
        anchor=order.anchor,
        who_pays=None if order.who_pays_mode is None else WhoPaysChoice(order.who_pays_mode, order.payer_id),
        group=order.group_id,
        contract=order.contract_id,
    )


def lock_draft_order(order_id: int, verb: str) -> Order:
    """The order, held until the transaction ends; refused when there is none and when it is no draft any more."""
    order = Order.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise unknown("order", "there is no such order", order_id)
    if order.status != OrderStatus.DRAFT:
        message = f"order {order.number} is {order.status}; only a draft can be {verb}"
        raise conflict("order", f"already_{order.status}", message, "SUB-1", order.number)
    return order
