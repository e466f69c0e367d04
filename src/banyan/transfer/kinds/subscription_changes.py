"""Files of changes to subscriptions: another price or quantity from a day on, or a cancellation (SUB-5)."""

from banyan.kernel.refusals import Problems, invalid
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange
from banyan.transfer.cells import DATE, DECIMAL, YES_OR_NO, one_of
from banyan.transfer.columns import Column, ImportKind, Record, one_by_one
from banyan.transfer.queries import items_by_price

_OF_A_CHANGE = ("item", "price", "quantity")
_OF_A_CANCELLATION = ("prorate",)


def _apply(record: Record) -> None:
    if record.get("action") == "cancel":
        _refuse_columns(record, _OF_A_CHANGE)
        prorate = record.get("prorate")
        cancel_subscription(record.get("subscription"), record.get("date"), prorate=prorate is not False)
    else:
        _refuse_columns(record, _OF_A_CANCELLATION)
        change = ItemChange(id=_item(record), price=record.get("price"), quantity=record.get("quantity"))
        change_subscription(record.get("subscription"), record.get("date"), [change])


def _item(record: Record) -> int:
    """The item that changes: the only one, or the one that has the price named in the column `item` on that day."""
    by_price = items_by_price(record.get("subscription"), record.get("date"))
    if record.get("item") is None:
        candidates = [item for items in by_price.values() for item in items]
    else:
        candidates = by_price.get(record.get("item"), [])
    if len(candidates) != 1:
        message = f"{len(candidates)} items fit; name in `item` the price that one of {len(by_price)} has on that day"
        raise invalid("item", "ambiguous_item", message, "SUB-5")
    return candidates[0]


def _refuse_columns(record: Record, columns: tuple[str, ...]) -> None:
    problems = Problems()
    for column in columns:
        if record.get(column) is not None:
            message = f"{column} has no meaning for the action {record.get('action')}; leave it blank"
            problems.add(column, "not_applicable", message, "SUB-5", record.get(column))
    problems.raise_if_any()


SUBSCRIPTION_CHANGES = ImportKind(
    name="subscription-changes",
    explained="Changes of price or quantity, and cancellations, from a day on.",
    columns=(
        Column("subscription", "number of the subscription", required=True, refers_to="subscription"),
        Column("action", "what happens", one_of("change", "cancel"), required=True),
        Column("date", "first day of the new terms; first day that is no longer served", DATE, required=True),
        Column("item", "code of the price of the item that changes, where there are several", refers_to="price"),
        Column("price", "code of the new price, default as it is", refers_to="price"),
        Column("quantity", "new quantity, default as it is", DECIMAL),
        Column("prorate", "false: a cancellation keeps what was billed in advance; default true", YES_OR_NO),
    ),
    write=one_by_one(_apply),
)
