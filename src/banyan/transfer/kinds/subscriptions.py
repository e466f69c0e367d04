"""Files of subscriptions, a row an item (SUB-1, WHO-1)."""

from django.db.models import Case, DateField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from banyan.engine.facts import WhoPaysMode
from banyan.foundation.last_days import LastDay
from banyan.subscriptions.actions.create_subscriptions import create_subscriptions
from banyan.subscriptions.inputs import NewItem, NewSubscription, WhoPaysChoice
from banyan.subscriptions.models import ItemTerms, SubscriptionItem, WhoPays
from banyan.transfer.cells import DATE, DECIMAL, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, Row, View, all_at_once
from banyan.transfer.queries import price_code

_ITEM = ("price", "quantity", "named_only")


def item_of(row: Row) -> NewItem:
    """The item that a row says, also that of an order."""
    return NewItem(row.values["price"], row.values["quantity"], bool(row.values.get("named_only")))


def _subscription(record: Record) -> NewSubscription:
    fields = record.fields()
    who_pays = fields.pop("who_pays", None)
    for column in _ITEM:
        fields.pop(column, None)
    return NewSubscription(
        items=tuple(item_of(row) for row in record.rows),
        who_pays=WhoPaysChoice(mode=who_pays.get("mode"), customer=who_pays.get("customer")) if who_pays else None,
        **fields,
    )


def _in_force(attribute: str, value: Combinable, view: View) -> Combinable:
    """Which price or quantity an item has on the day of the view; from the beginning where later terms have files of
    their own.
    """
    if view.whole:
        return value
    naming_it = ItemTerms.objects.filter(**{f"{attribute}__isnull": False})
    terms = naming_it.filter(item=OuterRef("pk"), since__lte=view.day).order_by("-since")
    return Coalesce(Subquery(terms.values(found=value)[:1]), value)


def _end(view: View) -> Combinable:
    """Its last day; when cancellations have files of their own, that of a cancelled one as it was agreed before."""
    end = LastDay("subscription__ends_before")
    if not view.whole:
        return end
    was_agreed = Q(subscription__agreed_ends_before__gt=F("subscription__ends_before"))
    return Case(
        When(subscription__cancelled_at__isnull=True, then=end),
        When(was_agreed, then=LastDay("subscription__agreed_ends_before")),
        default=Value(None, DateField()),
    )


def _choice(value: str, view: View, **among: str) -> Combinable:
    """Who was chosen to pay on the day of the view."""
    day = view.day_of_links("subscription__start_date")
    held = WhoPays.objects.filter(subscription=OuterRef("subscription"), during__contains=day, **among)
    return Subquery(held.values(value)[:1])


def _items(view: View) -> QuerySet[SubscriptionItem]:
    """The items that are served by themselves on the day of the view; those it began with where others have files."""
    rows = SubscriptionItem.objects.order_by("subscription_id", "id")
    if view.whole:
        return rows.filter(start_date__isnull=True)
    has_begun = Q(start_date__isnull=True) | Q(start_date__lte=view.day)
    return rows.filter(has_begun, Q(ends_before__isnull=True) | Q(ends_before__gt=view.day))


SUBSCRIPTIONS = FileKind(
    name="subscriptions",
    explained="Subscriptions. Rows below each other with the same number are the items of one subscription.",
    columns=(
        Column("number", "unique; generated when blank", source="subscription__number"),
        Column("account", "number of the account", required=True, refers_to="account", source="subscription__account"),
        Column(
            "price",
            "code of the price",
            required=True,
            refers_to="price",
            source=lambda view: _in_force("price", price_code("price__"), view),
        ),
        Column(
            "quantity",
            "units",
            DECIMAL,
            required=True,
            source=lambda view: _in_force("quantity", F("quantity"), view),
        ),
        Column("named_only", "of usage, only events that name the subscription; default no", YES_OR_NO),
        Column("start_date", "first day", DATE, required=True, source="subscription__start_date"),
        Column("end_date", "last day, default open", DATE, source=_end),
        Column(
            "anchor",
            "`cycle` (default) or `start_date`: what its periods step from",
            source="subscription__anchor",
        ),
        Column(
            "who_pays.mode",
            "`customer_separate`, `customer_consolidated`, `parent`, `eldest_ancestor` or `ancestor`",
            source=lambda view: _choice("mode", view),
            later="subscription-changes",
        ),
        Column(
            "contract",
            "number of the contract that it belongs to",
            refers_to="contract",
            source="subscription__contract",
        ),
        Column(
            "who_pays.customer",
            "number of the ancestor that pays",
            refers_to="customer",
            source=lambda view: _choice("group__payer__number", view, mode=WhoPaysMode.ANCESTOR),
            later="subscription-changes",
        ),
    ),
    known_by=KnownBy(("number",), otherwise=("account", "start_date")),
    rows=lambda view: [_items(view)],
    write=all_at_once(lambda records: create_subscriptions([_subscription(record) for record in records])),
    gathered_by="number",
    own=_ITEM,
    dated=True,
)
