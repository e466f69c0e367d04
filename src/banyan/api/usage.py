"""/usage-events: taken in, read, cancelled and replaced."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from banyan.accounts.models import Account
from banyan.accounts.searching.pages import RowsFrom
from banyan.api.fields import AccountId, SubscriptionId, id_or_null, read_decimal
from banyan.api.moments import DayOrMoment, Moment
from banyan.api.pages import MOST, USUAL, Page, Unsorted, no_cursor, read_cursor, write_cursor
from banyan.api.reading import can_be_stored
from banyan.api.rows import check_within_scope, matching
from banyan.api.schemas.usage import (
    CorrectionAnswer,
    EventCancellation,
    EventStatus,
    RejectedEvent,
    Replacement,
    UnratedDayAnswer,
    UsageAnswer,
    UsageEventAnswer,
    UsageEvents,
    UsageEventWithEarlier,
)
from banyan.billruns.unrated import unrated_usage
from banyan.catalog.models import Meter
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import invalid, unknown
from banyan.kernel.texts import shown
from banyan.organizations.access_scope import current_access_scope, scoped_to
from banyan.organizations.roles import Role
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import MOST_EVENTS, record_events
from banyan.usage.actions.replace_event import replace_event
from banyan.usage.days import AccountDays, days_of
from banyan.usage.inputs import NewEvent
from banyan.usage.models import CorrectionKind, UsageCorrection, UsageEvent
from banyan.usage.queries import corrected_events, counting_events, event_of
from banyan.usage.scopes import find_counted

router = Router()
_REQUIRED = frozenset(("id", "account", "meter", "timestamp", "quantity"))
_FIELDS = _REQUIRED | {"properties", "subscription"}
_TEXTS = ("id", "account", "meter")


EventId = Annotated[str, Field(description="The id that it was sent with", examples=["evt_12"])]
_ORDER = ("meter_id", "account_id", "at", "event_id")


class UsageFilters(Unsorted):
    """USE-4. A day of `from` and `to` is one of the account (USE-2), without `account` one of UTC; both are in. Of two
    moments the first is in and the second isn't."""

    account: AccountId | None = None
    meter: Annotated[str | None, Field(max_length=200, description="Key or id of the meter")] = None
    subscription: SubscriptionId | None = None
    from_: Annotated[DayOrMoment | None, Field(alias="from")] = None
    to: DayOrMoment | None = None
    status: EventStatus = "counted"
    updated_since: Annotated[
        Moment | None, Field(description="Received, or where `status` asks for it taken back, at that moment or later")
    ] = None


class OfAccount(BaseModel):
    """USE-1: an id counts once in an organization, so several may have an event of it."""

    account: Annotated[
        AccountId | None, Field(description="Whose event it is, where accounts of several organizations have the id")
    ] = None


class BadEvent(Exception):
    """An event of a wrong form; the code and the message say what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@router.post("/usage-events", response=UsageAnswer)
def post_usage_events(request: HttpRequest, body: UsageEvents) -> UsageAnswer:
    """Take in usage. Events count once, however often they are sent; the good ones count whatever the others are.

    An account counts as unknown where the caller may not change it (ORG-3).
    """
    if len(body.events) > MOST_EVENTS:
        raise invalid("events", "too_many", f"{len(body.events)} events; send at most {MOST_EVENTS} at once", "USE-1")
    events: list[NewEvent] = []
    places: list[int] = []
    rejected: list[RejectedEvent] = []
    for index, sent in enumerate(body.events):
        try:
            events.append(read_event(sent))
            places.append(index)
        except BadEvent as bad:
            rejected.append(RejectedEvent(index=index, code=bad.code, message=str(bad)))
    with scoped_to(current_access_scope().with_role(Role.OPERATOR)):
        recorded = record_events(events)
    rejected += [
        RejectedEvent(index=places[left_out.index], code=left_out.code, message=left_out.message)
        for left_out in recorded.rejected
    ]
    return UsageAnswer(
        accepted=recorded.accepted,
        duplicates=recorded.duplicates,
        rejected=sorted(rejected, key=lambda one: one.index),
    )


@router.get("/usage-events", response=Page[UsageEventAnswer])
def list_usage_events(request: HttpRequest, query: Query[UsageFilters]) -> Page[UsageEventAnswer]:
    """Events as they count, by meter, account and time; with `status` those that were cancelled or replaced, as they
    were (USE-4)."""
    days = days_of([] if query.account is None else [query.account]).get(query.account or 0, AccountDays("UTC"))
    counted = query.status == "counted"
    rows: QuerySet[Any] = counting_events() if counted else corrected_events(query.status)
    rows = matching(
        rows,
        account_id=query.account,
        meter_id=None if query.meter is None else _meter(query.meter),
        subscription_id=query.subscription,
        at__gte=_begin(query.from_, days),
        at__lt=_begin(_after(query.to), days),
        **{"received_at__gte" if counted else "corrected_at__gte": query.updated_since},
    )
    order = _ORDER if counted else (*_ORDER, "id")
    check_within_scope(rows)
    if query.cursor is not None:
        rows = rows.filter(RowsFrom(order, _place(query.cursor, len(order))))
    taken: list[Any] = list(rows.order_by(*order)[: query.limit + 1])
    shown_rows = taken[: query.limit]
    following = _cursor(shown_rows[-1], order) if len(taken) > query.limit else None
    return Page[UsageEventAnswer](data=event_answers(shown_rows), next_cursor=following)


@router.post("/usage-events/{path:event_id}/cancel", response=UsageEventWithEarlier)
def post_cancellation(request: HttpRequest, event_id: EventId, body: EventCancellation) -> UsageEventWithEarlier:
    """The event counts no more; what was billed for it is credited by the next run. Its id stays taken (USE-4)."""
    with scoped_to(current_access_scope().with_role(Role.OPERATOR)):
        cancel_event(event_id, body.reason, body.account)
    return _with_earlier(event_id, body.account)


@router.post("/usage-events/{path:event_id}/replace", response=UsageEventWithEarlier)
def post_replacement(request: HttpRequest, event_id: EventId, body: Replacement) -> UsageEventWithEarlier:
    """The event says what is named here from now on; the next run bills the difference (USE-4)."""
    changes = body.given()
    reason, account = changes.pop("reason"), changes.pop("account", None)
    if not isinstance(changes.get("properties", {}), dict | None):
        message = f"properties {shown(changes['properties'])} is not an object"
        raise invalid("properties", "bad_properties", message, "USE-1", changes["properties"])
    with scoped_to(current_access_scope().with_role(Role.OPERATOR)):
        replace_event(event_id, changes, reason, account)
    return _with_earlier(event_id, account)


@router.get("/usage-events/{path:event_id}", response=UsageEventWithEarlier)
def get_usage_event(request: HttpRequest, event_id: EventId, query: Query[OfAccount]) -> UsageEventWithEarlier:
    """One event by the id it was sent with, and what it said before it was corrected (USE-4)."""
    return _with_earlier(event_id, query.account)


def _with_earlier(event_id: str, account: int | None) -> UsageEventWithEarlier:
    counted = find_counted(event_id, account)
    current = event_of(counted, event_id)
    before = list(corrected_events().filter(event_id=event_id, account=counted.account_id).order_by("-id"))
    rows: list[UsageEvent | UsageCorrection] = [*([current] if current else []), *before]
    if not rows:
        raise unknown("id", "There is no such usage event.", event_id)
    first, *earlier = event_answers(rows)
    return UsageEventWithEarlier(**dict(first), earlier=earlier)


def event_answers(rows: Sequence[UsageEvent | UsageCorrection]) -> list[UsageEventAnswer]:
    """Events and what corrections keep of them, as clients see them."""
    numbers = dict(Account.objects.filter(pk__in={row.account_id for row in rows}).values_list("id", "number"))
    keys = dict(Meter.objects.filter(pk__in={row.meter_id for row in rows}).values_list("id", "key"))
    return [
        UsageEventAnswer(
            id=row.event_id,
            account=encode_id("account", row.account_id),
            account_number=numbers[row.account_id],
            meter=keys[row.meter_id],
            timestamp=row.at,
            quantity=decimal_text(row.quantity),
            properties=row.properties,
            subscription=id_or_null("subscription", row.subscription_id),
            received_at=row.received_at,
            status=_status(row),
            correction=None
            if isinstance(row, UsageEvent)
            else CorrectionAnswer(reason=row.reason, actor=row.actor, corrected_at=row.corrected_at),
        )
        for row in rows
    ]


def _status(row: UsageEvent | UsageCorrection) -> EventStatus:
    if isinstance(row, UsageEvent):
        return "counted"
    return "cancelled" if row.kind == CorrectionKind.CANCELLED else "replaced"


def _meter(name: str) -> int:
    """The number of the meter with that id or key."""
    found = Meter.objects.filter(Q(pk=decode_id("meter", name)) | Q(key=name)).first()
    if found is None:
        raise invalid("meter", "unknown", f"There is no meter {shown(name)}; give its key or id.", None, name)
    return found.id


def _begin(point: date | datetime | None, days: AccountDays) -> datetime | None:
    """The moment, or the first one of the day."""
    if point is None or isinstance(point, datetime):
        return point
    return days.begin(point)


def _after(point: date | datetime | None) -> date | datetime | None:
    """The day after, or the moment itself."""
    return point if point is None or isinstance(point, datetime) else point + timedelta(days=1)


def _cursor(row: UsageEvent | UsageCorrection, order: Sequence[str]) -> str:
    return write_cursor([row.at.isoformat() if column == "at" else getattr(row, column) for column in order])


def _place(cursor: str, length: int) -> list[Any]:
    meter, account, at, event_id, *row = values = read_cursor(cursor, length)
    numbers = [meter, account, *row]
    if not all(type(number) is int and 0 < number < 2**63 for number in numbers):
        raise no_cursor(cursor)
    if not isinstance(at, str) or not isinstance(event_id, str) or not can_be_stored(event_id):
        raise no_cursor(cursor)
    try:
        values[2] = datetime.fromisoformat(at)
    except ValueError as error:
        raise no_cursor(cursor) from error
    if values[2].tzinfo is None:
        raise no_cursor(cursor)
    return values


class UnratedFilters(Unsorted):
    """USE-4."""

    account: AccountId | None = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="Pairs of meter and account that a page looks at")] = USUAL


@router.get("/unrated-usage", response=Page[UnratedDayAnswer])
def list_unrated_usage(request: HttpRequest, query: Query[UnratedFilters]) -> Page[UnratedDayAnswer]:
    """Usage that no price covers, by meter, account and day, with the reason, until an item charges it (USE-4).

    A page is what is found in `limit` pairs of meter and account, and may be empty while there is a next one.
    """
    after = (0, 0) if query.cursor is None else _pair(query.cursor)
    found = unrated_usage(after, query.limit, query.account)
    accounts = Account.objects.filter(pk__in={one.account_id for one in found.days})
    numbers = dict(accounts.values_list("id", "number"))
    keys = dict(Meter.objects.filter(pk__in={one.meter_id for one in found.days}).values_list("id", "key"))
    return Page[UnratedDayAnswer](
        data=[
            UnratedDayAnswer(
                account=encode_id("account", one.account_id),
                account_number=numbers[one.account_id],
                meter=keys[one.meter_id],
                day=one.day,
                reason=one.reason,
                events=one.events,
                quantity=decimal_text(one.quantity),
            )
            for one in found.days
        ],
        next_cursor=write_cursor(list(found.looked_until)) if found.looked_until else None,
    )


def _pair(cursor: str) -> tuple[int, int]:
    meter, account = read_cursor(cursor, 2)
    if not all(type(number) is int and 0 < number < 2**63 for number in (meter, account)):
        raise no_cursor(cursor)
    return meter, account


def read_event(sent: Any) -> NewEvent:
    """The event, if it has the form of one. Written by hand because events come by the ten thousand."""
    if not isinstance(sent, dict):
        raise BadEvent("not_an_object", f"{shown(sent)} is not an event; an event is an object")
    if not sent.keys() <= _FIELDS:
        unknown = ", ".join(sorted(sent.keys() - _FIELDS))
        raise BadEvent("unknown_field", f"{unknown[:80]}: no field of an event; there are {', '.join(sorted(_FIELDS))}")
    if not sent.keys() >= _REQUIRED:
        raise BadEvent("missing_field", f"an event needs {', '.join(sorted(_REQUIRED - sent.keys()))}")
    id_, account, meter = sent["id"], sent["account"], sent["meter"]
    if not (isinstance(id_, str) and isinstance(account, str) and isinstance(meter, str)):
        name = next(name for name in _TEXTS if not isinstance(sent[name], str))
        raise BadEvent("not_text", f"{name} {shown(sent[name])} is not text")
    properties = sent.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise BadEvent("bad_properties", f"properties {shown(properties)} is not an object")
    subscription = sent.get("subscription")
    if subscription is not None and not isinstance(subscription, str):
        raise BadEvent("not_text", f"subscription {shown(subscription)} is not text")
    try:
        timestamp = datetime.fromisoformat(sent["timestamp"])
    except (TypeError, ValueError) as error:
        message = f"timestamp {shown(sent['timestamp'])} is not a time such as 2026-01-31T10:00:00Z"
        raise BadEvent("bad_timestamp", message) from error
    try:
        quantity = read_decimal(sent["quantity"])
    except PydanticCustomError as error:
        raise BadEvent("bad_quantity", f"quantity {error.message()}") from error
    return NewEvent(id_, account, meter, timestamp, quantity, properties, subscription)
