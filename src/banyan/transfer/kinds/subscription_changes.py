"""Files of changes to subscriptions from a day on: price or quantity, items that come and go, pauses, who pays, an end
(SUB-5, SUB-9, WHO-1).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
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
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from banyan.engine.facts import WhoPaysMode
from banyan.foundation.last_days import LastDay
from banyan.kernel.calendar import day_after
from banyan.kernel.refusals import Problem, Problems, Refusal, conflict, invalid
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payers
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.inputs import ItemChange, NewItem, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem, SubscriptionPause, WhoPays
from banyan.subscriptions.terms import terms_in_force
from banyan.transfer.cells import DATE, DECIMAL, WHOLE_NUMBER, YES_OR_NO, one_of
from banyan.transfer.columns import Column, FileKind, Record, View, Written, one_by_one
from banyan.transfer.further_faults import tried, with_further_faults
from banyan.transfer.kinds.last_days import end_before_start
from banyan.transfer.queries import NamedGroups, group_name, group_of, groups_named, items_by_price, price_code

_CHANGE, _ADD_ITEM, _END_ITEM, _PAUSE = "change", "add_item", "end_item", "pause"
_CANCEL, _WHO_PAYS = "cancel", "who_pays"
_OF_ALL = ("subscription", "action", "date")
_OF_ACTION = {
    _CHANGE: ("item", "position", "price", "quantity"),
    _ADD_ITEM: ("position", "price", "quantity", "named_only", "until"),
    _END_ITEM: ("item", "position"),
    _PAUSE: ("until",),
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
        | {positions[True][number]: refusal for number, refusal in paid.refused.items()},
        served.duplicates + paid.duplicates,
    )


def _change(record: Record) -> None:
    do = partial(_DO[record.get("action")], record)
    if useless := _useless_columns(record):
        raise with_further_faults(useless, tried(partial(_refusal_of, do)))
    do()


def _refusal_of(do: Callable[[], None]) -> Refusal | None:
    try:
        do()
    except Refusal as refusal:
        return refusal
    return None


def _is_there(record: Record) -> bool:
    """Whether what the row says of that day holds already."""
    return _HOLDS[record.get("action")](record)


def _agree_terms(record: Record) -> None:
    change = ItemChange(id=_item(record), price=record.get("price"), quantity=record.get("quantity"))
    change_subscription(record.get("subscription"), record.get("date"), [change])


def _terms_hold(record: Record) -> bool:
    item = SubscriptionItem.objects.filter(pk=_named_item(record) or 0).first()
    says = (record.get("price"), record.get("quantity"))
    if item is None or says == (None, None):
        return False
    held = terms_in_force([item], record.get("date"))[item.pk]
    return all(said in (None, now) for said, now in zip(says, held, strict=True))


def _cancel(record: Record) -> None:
    cancel_subscription(record.get("subscription"), record.get("date"), prorate=record.get("prorate") is not False)


def _is_cancelled(record: Record) -> bool:
    rows = Subscription.objects.filter(pk=record.get("subscription"), ends_before=record.get("date"))
    kept = SubscriptionItem.objects.filter(subscription=record.get("subscription"), keep_until__isnull=False)
    return rows.filter(cancelled_at__isnull=False).exists() and (record.get("prorate") is not False or kept.exists())


def _add(record: Record) -> None:
    """One more item. Refused at a place that another has: it would not be the item that rows below mean."""
    if record.get("price") is None:
        raise invalid("price", "required", "name the price of the item that is added", "SUB-9")
    position, count = record.get("position"), _own_items(record).count()
    if position is not None and position != count + 1:
        message = f"the subscription has {count} items; the next has the position {count + 1}"
        raise conflict("position", "not_next", message, "SUB-9", position)
    new = NewItem(record.get("price"), record.get("quantity"), bool(record.get("named_only")))
    _refuse_end_before_start(record, "SUB-9")
    add_item(record.get("subscription"), new, record.get("date"), day_after(record.get("until")))


def _refuse_end_before_start(record: Record, rule: str) -> None:
    problems = end_before_start(record, "date", rule)
    if problems:
        raise Refusal(problems)


def _is_added(record: Record) -> bool:
    """Whether the item at the position, or without one any item, was added as the row says."""
    position, items = record.get("position"), list(_own_items(record))
    if position is not None:
        items = items[position - 1 : position] if position > 0 else []
    quantity = 1 if record.get("quantity") is None else record.get("quantity")
    says = (record.get("date"), record.get("price"), quantity, bool(record.get("named_only")))
    return says in [(item.start_date, item.price_id, item.quantity, item.named_only) for item in items]


def _own_items(record: Record) -> QuerySet[SubscriptionItem]:
    return SubscriptionItem.objects.filter(subscription=record.get("subscription")).order_by("id")


def _end_one(record: Record) -> None:
    end_item(record.get("subscription"), _item(record), record.get("date"))


def _is_ended(record: Record) -> bool:
    return SubscriptionItem.objects.filter(pk=_named_item(record) or 0, ends_before=record.get("date")).exists()


def _pause(record: Record) -> None:
    pause_subscription(record.get("subscription"), record.get("date"), record.get("until"))


def _is_paused(record: Record) -> bool:
    pauses = SubscriptionPause.objects.filter(subscription=record.get("subscription"))
    held = [pause.during for pause in pauses]
    end = day_after(record.get("until"))
    return any(days.lower == record.get("date") and end in (None, days.upper) for days in held)


_DO: Mapping[str, Callable[[Record], None]] = {
    _CHANGE: _agree_terms,
    _ADD_ITEM: _add,
    _END_ITEM: _end_one,
    _PAUSE: _pause,
    _CANCEL: _cancel,
}
_HOLDS: Mapping[str, Callable[[Record], bool]] = {
    _CHANGE: _terms_hold,
    _ADD_ITEM: _is_added,
    _END_ITEM: _is_ended,
    _PAUSE: _is_paused,
    _CANCEL: _is_cancelled,
}
_CHANGE_ONE_BY_ONE = one_by_one(_change, _is_there)


def _item(record: Record) -> int:
    """The item that changes; refused when several fit, or none."""
    candidates, of = _items(record)
    if len(candidates) != 1:
        message = (
            f"{len(candidates)} of {of} items fit; name in `item` the price that one of them has on that day, "
            "or in `position` its place among them"
        )
        raise invalid("item", "ambiguous_item", message, "SUB-5")
    return candidates[0]


def _named_item(record: Record) -> int | None:
    candidates, _ = _items(record)
    return candidates[0] if len(candidates) == 1 else None


def _items(record: Record) -> tuple[list[int], int]:
    """The items that fit, at the position, or with the price in the column `item` on that day, and of how many."""
    by_price = items_by_price(record.get("subscription"), record.get("date"))
    items = sorted(item for found in by_price.values() for item in found)
    position = record.get("position")
    if position is not None:
        candidates = items[position - 1 : position] if position > 0 else []
    else:
        candidates = items if record.get("item") is None else by_price.get(record.get("item"), [])
    return candidates, len(items)


def _choose_payers(records: Sequence[Record]) -> Written:
    """Who pays from a day on, until another day if one is given; nobody but the account when no mode is."""
    groups = groups_named((record.get("group.payer"), record.get("group.name")) for record in records)
    refused: dict[int, Refusal] = {}
    new: dict[int, NewPayer] = {}
    for position, record in enumerate(records):
        try:
            new[position] = _new_payer(record, groups)
        except Refusal as refusal:
            refused[position] = refusal
    left = _not_chosen(new)
    results = zip(left, choose_payers(list(left.values())), strict=True)
    refused |= {position: result for position, result in results if isinstance(result, Refusal)}
    return Written(refused, len(new) - len(left))


def _not_chosen(new: dict[int, NewPayer]) -> dict[int, NewPayer]:
    """Those that were not chosen already; once one of a subscription was not, those below it are given to the verb as
    well: it replaces what was chosen for later days.
    """
    first, end = (Func("during", function=bound, output_field=DateField()) for bound in ("lower", "upper"))
    held: dict[int, list[_Chosen]] = defaultdict(list)
    rows = WhoPays.objects.filter(subscription__in={payer.subscription for payer in new.values()})
    said = (first, end, "mode", "group", "group__payer", "group__is_default")
    for subscription, *chosen in rows.values_list("subscription", *said):
        held[subscription].append(_Chosen(*chosen))
    left: dict[int, NewPayer] = {}
    changed: set[int] = set()
    for position, payer in new.items():
        if payer.subscription in changed or not _is_chosen(payer, held[payer.subscription]):
            left[position] = payer
            changed.add(payer.subscription)
    return left


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Who was chosen to pay for a subscription, from `first` until before `end`."""

    first: date
    end: date | None
    mode: str
    group: int | None
    payer: int | None
    is_default: bool | None

    def is_as(self, new: NewPayer) -> bool:
        """Whether `new` says the same; what it leaves open may be anything."""
        choice = new.choice
        is_same_choice = choice is None or (choice.mode == self.mode and choice.customer in (None, self.payer))
        is_same_group = self.is_default is not False if new.group is None else self.group == new.group
        return self.first == new.effective_date and new.until in (None, self.end) and is_same_choice and is_same_group


def _is_chosen(new: NewPayer, held: Sequence[_Chosen]) -> bool:
    day = new.effective_date
    if day is None:
        return False
    if new.choice is None and new.group is None:
        is_held = any(each.first <= day and (each.end is None or day < each.end) for each in held)
        return not is_held and any(each.end == day for each in held)
    return any(each.is_as(new) for each in held)


def _new_payer(record: Record, groups: NamedGroups) -> NewPayer:
    if problems := [*_useless_columns(record), *end_before_start(record, "date", "REL-1")]:
        raise Refusal(problems)
    mode = record.get("who_pays.mode")
    return NewPayer(
        subscription=record.get("subscription"),
        choice=WhoPaysChoice(mode, record.get("who_pays.customer")) if mode else None,
        effective_date=record.get("date"),
        group=group_of(record.get("group.payer"), record.get("group.name"), groups),
        until=day_after(record.get("until")),
    )


def _useless_columns(record: Record) -> list[Problem]:
    """What is given but has no meaning for the action."""
    action, problems = record.get("action"), Problems()
    for column, value in record.rows[0].values.items():
        if column not in _OF_ALL and column not in _OF_ACTION[action] and value is not None:
            message = f"{column} has no meaning for the action {action}; leave it blank"
            problems.add(column, "not_applicable", message, "SUB-5", record.rows[0].cells[column])
    return problems.found


def _rows(view: View) -> list[QuerySet[Any]]:
    """Terms and ends of the items that were there from the start, then those that were added, with theirs: so usage
    that one item hands over to the next is charged once on every day. Then who pays, pauses and cancellations.
    """
    first, added = Q(item__start_date__isnull=True), Q(item__start_date__isnull=False)
    return [
        _terms(first),
        _ends(Q(start_date__isnull=True, ends_before__isnull=False)),
        _added(),
        _terms(added),
        _ends(Q(_AGREED_BEYOND, start_date__isnull=False, ends_before__isnull=False)),
        _payers(),
        _pauses(),
        _cancellations(),
    ]


_AGREED_BEYOND = Exists(ItemTerms.objects.filter(item=OuterRef("pk"), since__gte=OuterRef("ends_before")))
"""Of an item: terms were agreed for days after its end, before it was ended; so they are said before the end is."""


def _place(subscription: str, item: str) -> Subquery:
    """The place of an item among those of its subscription."""
    up_to_it = SubscriptionItem.objects.filter(subscription=OuterRef(subscription), id__lte=OuterRef(item)).order_by()
    return Subquery(up_to_it.values("subscription").annotate(count=Count("*")).values("count"))


def _terms(which: Q) -> QuerySet[Any]:
    rows = ItemTerms.objects.filter(which).order_by("item__subscription_id", "item_id", "since")
    return _said(
        rows,
        subscription=F("item__subscription__number"),
        action=Value(_CHANGE),
        date=F("since"),
        position=_place("item__subscription", "item_id"),
        price=Case(When(price__isnull=False, then=price_code("price__")), default=_NOTHING),
        quantity=F("quantity"),
    )


def _added() -> QuerySet[Any]:
    return _said(
        SubscriptionItem.objects.filter(start_date__isnull=False).order_by("subscription_id", "id"),
        subscription=F("subscription__number"),
        action=Value(_ADD_ITEM),
        date=F("start_date"),
        until=Case(When(_AGREED_BEYOND, then=Value(None, DateField())), default=LastDay("ends_before")),
        position=_place("subscription", "pk"),
        price=price_code("price__"),
        quantity=F("quantity"),
        named_only=F("named_only"),
    )


def _ends(which: Q) -> QuerySet[Any]:
    return _said(
        SubscriptionItem.objects.filter(which).order_by("subscription_id", "id"),
        subscription=F("subscription__number"),
        action=Value(_END_ITEM),
        date=F("ends_before"),
        position=_place("subscription", "pk"),
    )


def _pauses() -> QuerySet[Any]:
    return _said(
        SubscriptionPause.objects.order_by("subscription_id", "during"),
        subscription=F("subscription__number"),
        action=Value(_PAUSE),
        date=Func("during", function="lower", output_field=DateField()),
        until=LastDay(Func("during", function="upper", output_field=DateField())),
    )


def _payers() -> QuerySet[Any]:
    own_group = {"group__isnull": False, "group__is_default": False}
    return _said(
        WhoPays.objects.order_by("subscription_id", "during"),
        subscription=F("subscription__number"),
        action=Value(_WHO_PAYS),
        date=Func("during", function="lower", output_field=DateField()),
        until=LastDay(Func("during", function="upper", output_field=DateField())),
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
        date=F("ends_before"),
        prorate=~Exists(kept),
    )


_NOTHING = Value(None, CharField())


def _said(rows: QuerySet[Any], **said: Combinable) -> QuerySet[Any]:
    """The rows with what they say, by the names under which the columns look for it, and nothing for the others."""
    values: Mapping[str, Combinable] = dict.fromkeys(_SAID, _NOTHING) | said
    told: QuerySet[Any] = rows.annotate(**{f"said_{name}": value for name, value in values.items()})
    return told


_SAID = (
    "subscription", "action", "date", "until", "position", "price", "quantity", "named_only", "prorate", "mode",
    "payer", "group_payer", "group_name",
)  # fmt: skip

SUBSCRIPTION_CHANGES = FileKind(
    name="subscription-changes",
    explained=(
        "Changes from a day on: of price or quantity, items that are added or end, pauses, who pays, and cancellations."
    ),
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
            "first day of the new terms, item, pause or payer; first day that is no longer served",
            DATE,
            required=True,
            source="said_date",
        ),
        Column(
            "item",
            "code of the price of the item that changes or ends, where there are several",
            refers_to="price",
            only_read=True,
        ),
        Column(
            "position",
            "or its place among the items, 1 for the first; of one that is added, the next",
            WHOLE_NUMBER,
            source="said_position",
        ),
        Column(
            "price",
            "code of the new price, default as it is; that of an item that is added",
            refers_to="price",
            source=F("said_price"),
        ),
        Column(
            "quantity",
            "new quantity, default as it is; of an item that is added, default 1",
            DECIMAL,
            source="said_quantity",
        ),
        Column(
            "named_only",
            "of an item that is added, as in subscriptions; default no",
            YES_OR_NO,
            source="said_named_only",
        ),
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
        Column(
            "until",
            "last day on which they pay, of the added item or of the pause; default open",
            DATE,
            source="said_until",
        ),
    ),
    rows=_rows,
    repeated=(
        "Terms that hold that day already are unchanged, and so is an item that was added, an end, a pause, a "
        "cancellation or a choice of payer that was made for that day."
    ),
    write=_apply,
)
