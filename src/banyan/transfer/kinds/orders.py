"""Files of draft orders, a row an item (SUB-1). Active ones come with their subscriptions."""

from collections.abc import Sequence

from django.db.models import Case, CharField, F, Value, When

from banyan.foundation.last_days import LastDay
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.inputs import NewOrder, WhoPaysChoice
from banyan.subscriptions.models import OrderItem, OrderStatus
from banyan.transfer.cells import DATE, DECIMAL, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, Written
from banyan.transfer.kinds.subscriptions import item_of
from banyan.transfer.queries import NamedGroups, group_name, group_of, groups_named, price_code

_ITEM = ("price", "quantity", "named_only")
_NOTHING = Value(None, CharField())
_IN_A_GROUP = {"order__group__isnull": False, "order__group__is_default": False}


def _order(records: Sequence[Record]) -> Written:
    refused: dict[int, Refusal] = {}
    groups = groups_named((record.get("group.payer"), record.get("group.name")) for record in records)
    for position, record in enumerate(records):
        try:
            create_order(_new_order(record, groups))
        except Refusal as refusal:
            refused[position] = refusal
    return Written(refused)


def _new_order(record: Record, groups: NamedGroups) -> NewOrder:
    mode = record.get("who_pays.mode")
    return NewOrder(
        account=record.get("account"),
        items=tuple(item_of(row) for row in record.rows),
        start_date=record.get("start_date"),
        end_date=record.get("end_date"),
        anchor=record.get("anchor"),
        number=record.get("number"),
        who_pays=WhoPaysChoice(mode, record.get("who_pays.customer")) if mode else None,
        group=group_of(record.get("group.payer"), record.get("group.name"), groups),
        contract=record.get("contract"),
    )


ORDERS = FileKind(
    name="orders",
    explained="Draft orders. Rows below each other with the same number are the items of one order.",
    columns=(
        Column("number", "unique; generated when blank", source="order__number"),
        Column("account", "number of the account", required=True, refers_to="account", source="order__account"),
        Column("price", "code of the price", required=True, refers_to="price", source=price_code("price__")),
        Column("quantity", "units", DECIMAL, required=True),
        Column("named_only", "of usage, only events that name the subscription; default no", YES_OR_NO),
        Column("start_date", "first day, default the day it is activated", DATE, source="order__start_date"),
        Column("end_date", "last day, default open", DATE, source=LastDay("order__ends_before")),
        Column("anchor", "`cycle` (default) or `start_date`", source="order__anchor"),
        Column(
            "contract",
            "number of the contract that it is to belong to",
            refers_to="contract",
            source="order__contract",
        ),
        Column("who_pays.mode", "as in subscriptions", source="order__who_pays_mode"),
        Column(
            "who_pays.customer", "number of the ancestor that is to pay", refers_to="customer", source="order__payer"
        ),
        Column(
            "group.payer",
            "number of the customer whose group it is to be in",
            refers_to="customer",
            source=Case(When(**_IN_A_GROUP, then=F("order__group__payer__number")), default=_NOTHING),
        ),
        Column(
            "group.name",
            "name of that group",
            source=Case(When(**_IN_A_GROUP, then=group_name("order__group__")), default=_NOTHING),
        ),
    ),
    known_by=KnownBy(("number",), otherwise=("account",)),
    rows=lambda view: [OrderItem.objects.filter(order__status=OrderStatus.DRAFT).order_by("order_id", "id")],
    write=_order,
    gathered_by="number",
    own=_ITEM,
)
