"""Files of subscriptions, a row an item (SUB-1, WHO-1)."""

from banyan.subscriptions.actions.create_subscriptions import create_subscriptions
from banyan.subscriptions.inputs import NewItem, NewSubscription, WhoPaysChoice
from banyan.transfer.cells import DATE, DECIMAL
from banyan.transfer.columns import Column, ImportKind, Record, all_at_once

_ITEM = ("price", "quantity")


def _subscription(record: Record) -> NewSubscription:
    fields = record.fields()
    who_pays = fields.pop("who_pays", None)
    for column in _ITEM:
        del fields[column]
    return NewSubscription(
        items=tuple(NewItem(row.values["price"], row.values["quantity"]) for row in record.rows),
        who_pays=WhoPaysChoice(mode=who_pays.get("mode"), customer=who_pays.get("customer")) if who_pays else None,
        **fields,
    )


SUBSCRIPTIONS = ImportKind(
    name="subscriptions",
    explained="Subscriptions. Rows below each other with the same number are the items of one subscription.",
    columns=(
        Column("number", "unique; generated when blank"),
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("price", "code of the price", required=True, refers_to="price"),
        Column("quantity", "units", DECIMAL, required=True),
        Column("start_date", "first day", DATE, required=True),
        Column("end_date", "first day that is no longer served, default open", DATE),
        Column("anchor", "`cycle` (default) or `start_date`: what its periods step from"),
        Column(
            "who_pays.mode", "`customer_separate`, `customer_consolidated`, `parent`, `eldest_ancestor` or `ancestor`"
        ),
        Column("contract", "number of the contract that it belongs to", refers_to="contract"),
        Column("who_pays.customer", "number of the ancestor that pays", refers_to="customer"),
    ),
    write=all_at_once(lambda records: create_subscriptions([_subscription(record) for record in records])),
    gathered_by="number",
    own=_ITEM,
)
