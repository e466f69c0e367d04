"""/orders: what is to be subscribed to, and what came of it."""

from collections.abc import Collection, Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.fields import (
    AccountId,
    ContractId,
    CustomerId,
    OrderId,
    SubscriptionGroupId,
    SubscriptionId,
    among,
    id_or_null,
)
from banyan.api.pages import Page, Paging, Search, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.subscriptions import NewOrder, OrderAnswer, OrderChanges, OrderItemAnswer, WhoPaysAnswer
from banyan.api.writes import created, done
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.cancel_order import cancel_order
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.delete_order import delete_order
from banyan.subscriptions.actions.update_order import update_order
from banyan.subscriptions.checks import ANCHORS
from banyan.subscriptions.models import Order, OrderStatus

router = Router()


class OrderFilters(Paging):
    """SUB-1."""

    q: Search = None
    account: AccountId | None = None
    customer: CustomerId | None = None
    number: str | None = None
    status: Annotated[str, among(OrderStatus.values)] | None = None
    anchor: Annotated[str, among(ANCHORS)] | None = None
    group: SubscriptionGroupId | None = None
    contract: ContractId | None = None
    subscription: SubscriptionId | None = None


@router.get("/orders", response=Page[OrderAnswer])
def list_orders(request: HttpRequest, query: Query[OrderFilters]) -> Page[OrderAnswer]:
    """Orders; `q` finds by number."""
    rows = matching(
        queries.orders(query.q),
        account=query.account,
        account__customer=query.customer,
        number=query.number,
        status=query.status,
        anchor=query.anchor,
        group=query.group,
        contract=query.contract,
        subscription=query.subscription,
    )
    sortable = {"number": "number", "created_at": "created_at"}
    return page_of(Page[OrderAnswer], rows, query, sortable, order_answers)


@router.post("/orders", response={201: OrderAnswer})
def post_order(request: HttpRequest, body: NewOrder) -> Status[OrderAnswer]:
    """Order something for an account, to be activated later."""
    who_pays = None if body.who_pays is None else inputs.WhoPaysChoice(**dict(body.who_pays))
    items = tuple(inputs.NewItem(**dict(item)) for item in body.items)
    return created(_answer(create_order(inputs.NewOrder(**{**dict(body), "items": items, "who_pays": who_pays})).id))


@router.get("/orders/{order_id}", response=OrderAnswer)
def get_order(request: HttpRequest, order_id: OrderId) -> OrderAnswer:
    """One order."""
    return _answer(order_id)


@router.patch("/orders/{order_id}", response=OrderAnswer)
def patch_order(request: HttpRequest, order_id: OrderId, body: OrderChanges) -> OrderAnswer:
    """Change what is named of a draft."""
    given = body.given()
    if body.who_pays is not None:
        given["who_pays"] = inputs.WhoPaysChoice(**dict(body.who_pays))
    if "items" in given:
        given["items"] = tuple(inputs.NewItem(**dict(item)) for item in body.items)
    return _answer(update_order(order_id, given).id)


@router.post("/orders/{order_id}/activate", response=OrderAnswer)
def post_activation(request: HttpRequest, order_id: OrderId) -> OrderAnswer:
    """Subscribe the account to what was ordered."""
    return _answer(activate_order(order_id).id)


@router.post("/orders/{order_id}/cancel", response=OrderAnswer)
def post_order_cancellation(request: HttpRequest, order_id: OrderId) -> OrderAnswer:
    """Give up a draft; what an active order led to is cancelled as a subscription."""
    return _answer(cancel_order(order_id).id)


@router.delete("/orders/{order_id}", response={204: None})
def remove_order(request: HttpRequest, order_id: OrderId) -> Status[None]:
    """Delete an order that nothing came of."""
    delete_order(order_id)
    return done()


def _answer(order_id: int) -> OrderAnswer:
    (answer,) = order_answers([found(queries.orders(), order_id)])
    return answer


def order_answers(rows: Sequence[Order]) -> list[OrderAnswer]:
    """Orders as clients see them."""
    payers = ids_in_scope("customer", [row.payer_id for row in rows])
    groups = ids_in_scope("subscription_group", [row.group_id for row in rows])
    contracts = ids_in_scope("contract", [row.contract_id for row in rows])
    return [_order_answer(row, payers, groups, contracts) for row in rows]


def _order_answer(
    row: Order, payers: Collection[int], groups: Collection[int], contracts: Collection[int]
) -> OrderAnswer:
    return OrderAnswer(
        id=encode_id("order", row.id),
        number=row.number,
        account=encode_id("account", row.account_id),
        status=row.status,
        items=[
            OrderItemAnswer(
                price=encode_id("price", item.price_id),
                quantity=decimal_text(item.quantity),
                named_only=item.named_only,
            )
            for item in sorted(row.items.all(), key=lambda item: item.id)
        ],
        start_date=row.start_date,
        end_date=row.end_date,
        anchor=row.anchor,
        who_pays=None
        if row.who_pays_mode is None
        else WhoPaysAnswer(mode=row.who_pays_mode, customer=id_if_in_scope("customer", row.payer_id, payers)),
        group=id_if_in_scope("subscription_group", row.group_id, groups),
        contract=id_if_in_scope("contract", row.contract_id, contracts),
        subscription=id_or_null("subscription", row.subscription_id),
        cancelled_at=row.cancelled_at,
        created_at=row.created_at,
    )
