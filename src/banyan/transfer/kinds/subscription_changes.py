"""Files of changes to subscriptions from a day on: price or quantity, who pays, an end (SUB-5, WHO-1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from banyan.engine.facts import WhoPaysMode
from banyan.kernel.refusals import Problems, Refusal, invalid
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payers
from banyan.subscriptions.inputs import ItemChange, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem, WhoPays
from banyan.transfer.cells import DATE, DECIMAL, WHOLE_NUMBER, YES_OR_NO, one_of
from banyan.transfer.columns import Column, FileKind, Record, View, Written, one_by_one
from banyan.transfer.queries import NamedGroups, group_name, group_of, groups_named, items_by_price, price_code

_CHANGE, _CANCEL, _WHO_PAYS = "change", "cancel", "who_pays"
_OF_ALL = ("subscription", "action", "date")
_OF_ACTION = {
    _CHANGE: ("item", "position", "price", "quantity"),
    _CANCEL: ("prorate",),
    _WHO_PAYS: ("who_pays.mode", "who_pays.customer", "group.payer", "group.name", "until"),
}


def _apply(records: Sequence[Record]) -> Written:
    """New terms and cancellations row by row, then who pays at once: neither depends on the other."""
    positions = {
        is_payer: [n for n, record in enumerate(records) if (record.get("action") == _WHO_PAYS) is is_payer]
        for is_payer in (False, True)
    }
    served = _CHANGE_ONE_BY_ONE([records[position] for position in positions[False]])
    paid = _choose_payers([records[position] for position in positions[True]])
    return Written(
        {positions[False][number]: refusal for number, refusal in served.refused.items()}
        | {positions[True][number]: refusal for number, refusal in paid.items()}
    )


def _change(record: Record) -> None:
    _refuse_columns(record)
    if record.get("action") == _CANCEL:
        cancel_subscription(record.get("subscription"), record.get("date"), prorate=record.get("prorate") is not False)
    else:
        change = ItemChange(id=_item(record), price=record.get("price"), quantity=record.get("quantity"))
        change_subscription(record.get("subscription"), record.get("date"), [change])


_CHANGE_ONE_BY_ONE = one_by_one(_change)


def _item(record: Record) -> int:
    """The item that changes: at its position, or with the price in the column `item` on that day, or the only one."""
    by_price = items_by_price(record.get("subscription"), record.get("date"))
    items = sorted(item for found in by_price.values() for item in found)
    position = record.get("position")
    if position is not None:
        candidates = items[position - 1 : position] if position > 0 else []
    else:
        candidates = items if record.get("item") is None else by_price.get(record.get("item"), [])
    if len(candidates) != 1:
        message = (
            f"{len(candidates)} of {len(items)} items fit; name in `item` the price that one of them has on that day, "
            "or in `position` its place among them"
        )
        raise invalid("item", "ambiguous_item", message, "SUB-5")
    return candidates[0]


def _choose_payers(records: Sequence[Record]) -> dict[int, Refusal]:
    """Who pays from a day on, until another day if one is given; nobody but the account when no mode is.

    What is refused, by position.
    """
    groups = groups_named((record.get("group.payer"), record.get("group.name")) for record in records)
    refused: dict[int, Refusal] = {}
    new: dict[int, NewPayer] = {}
    for position, record in enumerate(records):
        try:
            new[position] = _new_payer(record, groups)
        except Refusal as refusal:
            refused[position] = refusal
    results = zip(new, choose_payers(list(new.values())), strict=True)
    return refused | {position: result for position, result in results if isinstance(result, Refusal)}


def _new_payer(record: Record, groups: NamedGroups) -> NewPayer:
    _refuse_columns(record)
    mode = record.get("who_pays.mode")
    return NewPayer(
        subscription=record.get("subscription"),
        choice=WhoPaysChoice(mode, record.get("who_pays.customer")) if mode else None,
        effective_date=record.get("date"),
        group=group_of(record.get("group.payer"), record.get("group.name"), groups),
        until=record.get("until"),
    )


def _refuse_columns(record: Record) -> None:
    """Refuse what is given but has no meaning for the action."""
    action, problems = record.get("action"), Problems()
    for column, value in record.rows[0].values.items():
        if column not in _OF_ALL and column not in _OF_ACTION[action] and value is not None:
            message = f"{column} has no meaning for the action {action}; leave it blank"
            problems.add(column, "not_applicable", message, "SUB-5", record.rows[0].cells[column])
    problems.raise_if_any()


def _rows(view: View) -> list[QuerySet[Any]]:
    """New terms, then who pays, then cancellations; of each subscription in the order of the days."""
    return [_terms(), _payers(), _cancellations()]


def _terms() -> QuerySet[Any]:
    up_to_it = SubscriptionItem.objects.filter(
        subscription=OuterRef("item__subscription"), id__lte=OuterRef("item_id")
    ).order_by()
    rows = ItemTerms.objects.order_by("item__subscription_id", "item_id", "since")
    return _said(
        rows,
        subscription=F("item__subscription__number"),
        action=Value(_CHANGE),
        date=F("since"),
        position=Subquery(up_to_it.values("subscription").annotate(count=Count("*")).values("count")),
        price=price_code("price__"),
        quantity=F("quantity"),
    )


def _payers() -> QuerySet[Any]:
    own_group = {"group__isnull": False, "group__is_default": False}
    return _said(
        WhoPays.objects.order_by("subscription_id", "during"),
        subscription=F("subscription__number"),
        action=Value(_WHO_PAYS),
        date=Func("during", function="lower", output_field=DateField()),
        until=Func("during", function="upper", output_field=DateField()),
        mode=F("mode"),
        payer=Case(When(mode=WhoPaysMode.ANCESTOR, then=F("group__payer__number")), default=_NOTHING),
        group_payer=Case(When(**own_group, then=F("group__payer__number")), default=_NOTHING),
        group_name=Case(When(**own_group, then=group_name("group__")), default=_NOTHING),
    )


def _cancellations() -> QuerySet[Any]:
    kept = SubscriptionItem.objects.filter(subscription=OuterRef("pk"), keep_until__isnull=False)
    return _said(
        Subscription.objects.filter(cancelled_at__isnull=False).order_by("id"),
        subscription=F("number"),
        action=Value(_CANCEL),
        date=F("end_date"),
        prorate=~Exists(kept),
    )


_NOTHING = Value(None, CharField())


def _said(rows: QuerySet[Any], **said: Combinable) -> QuerySet[Any]:
    """The rows with what they say, by the names under which the columns look for it, and nothing for the others."""
    values: Mapping[str, Combinable] = dict.fromkeys(_SAID, _NOTHING) | said
    told: QuerySet[Any] = rows.annotate(**{f"said_{name}": value for name, value in values.items()})
    return told


_SAID = (
    "subscription", "action", "date", "until", "position", "price", "quantity", "prorate", "mode", "payer",
    "group_payer", "group_name",
)  # fmt: skip

SUBSCRIPTION_CHANGES = FileKind(
    name="subscription-changes",
    explained="Changes from a day on: of price or quantity, of who pays, and cancellations.",
    columns=(
        Column(
            "subscription",
            "number of the subscription",
            required=True,
            refers_to="subscription",
            source=F("said_subscription"),
        ),
        Column("action", "what happens", one_of(*_OF_ACTION), required=True, source="said_action"),
        Column(
            "date",
            "first day of the new terms or payer; first day that is no longer served",
            DATE,
            required=True,
            source="said_date",
        ),
        Column(
            "item",
            "code of the price of the item that changes, where there are several",
            refers_to="price",
            only_read=True,
        ),
        Column(
            "position",
            "or its place among the items, 1 for the first",
            WHOLE_NUMBER,
            source="said_position",
        ),
        Column("price", "code of the new price, default as it is", refers_to="price", source=F("said_price")),
        Column("quantity", "new quantity, default as it is", DECIMAL, source="said_quantity"),
        Column(
            "prorate",
            "false: a cancellation keeps what was billed in advance; default true",
            YES_OR_NO,
            source="said_prorate",
        ),
        Column("who_pays.mode", "as in subscriptions; blank: the account pays again", source="said_mode"),
        Column("who_pays.customer", "number of the ancestor that pays", refers_to="customer", source=F("said_payer")),
        Column(
            "group.payer",
            "number of the customer whose group it is in, default the payer's default group",
            refers_to="customer",
            source=F("said_group_payer"),
        ),
        Column("group.name", "name of that group", source="said_group_name"),
        Column("until", "first day on which they no longer pay, default open", DATE, source="said_until"),
    ),
    rows=_rows,
    write=_apply,
)
