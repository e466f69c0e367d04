"""Usage events."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from banyan.api.bodies import Body
from banyan.api.fields import AccountId, Answer, DecimalIn, DecimalOut, Json, not_named, text
from banyan.api.moments import MomentAsSent
from banyan.billruns.unrated import WhyUnrated

EventStatus = Literal["counted", "cancelled", "replaced"]

_EVENT_FORM = {
    "type": "object",
    "required": ["id", "account", "meter", "timestamp", "quantity"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "account": {"type": "string", "description": "The account's id or number"},
        "meter": {"type": "string", "description": "The meter's key"},
        "timestamp": {"type": "string", "format": "date-time"},
        "quantity": {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": "In the meter's unit; below 0 takes off what was too much, of a meter that adds up",
        },
        "properties": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        "subscription": {
            "anyOf": [{"type": "string"}, {"type": "null"}],
            "description": "Id or number of one of the account, where the event belongs to it alone (USE-5)",
        },
    },
}


_CODES = {
    "not_an_object": "not an object",
    "unknown_field": "a field that no event has",
    "missing_field": "a field that is required isn't there",
    "not_text": "id, account, meter or subscription is not text",
    "unreadable_id": "empty, longer than 200 characters, or with control characters",
    "unknown_account": "no account that the key may change",
    "inactive_account": "after the account's last day (ACC-3)",
    "unknown_meter": "no such meter",
    "unknown_subscription": "none of the account",
    "bad_timestamp": "no time with a time zone, or before 2000",
    "too_far_ahead": "more than a day ahead of now",
    "bad_quantity": "more than 18 digits before or 12 after the point, not a text or whole number, or below 0 while the"
    " meter's aggregation is not sum",
    "bad_properties": "no object, or more than 10,000 characters of JSON",
    "different_content": "the id counted before with other content, which holds",
}


class UsageEvents(Body):
    """USE-1. Each event is judged by itself: a bad one is rejected, the good ones count."""

    events: Annotated[list[Any], WithJsonSchema({"type": "array", "maxItems": 10_000, "items": _EVENT_FORM})]


class RejectedEvent(Answer):
    """Which event (counted from 0), and why."""

    index: int
    code: Annotated[
        str,
        WithJsonSchema(
            {
                "type": "string",
                "enum": list(_CODES),
                "description": "; ".join(f"`{code}`: {meaning}" for code, meaning in _CODES.items()),
            }
        ),
    ]
    message: str


class UsageAnswer(Answer):
    """USE-1: an event whose id was seen before in its account's organization is a duplicate and counts no more."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]


WhoseEvent = Annotated[
    AccountId, Field(description="Whose event it is, where accounts of several organizations have the id (USE-1)")
]


class EventCancellation(Body):
    """USE-4: why the event is to count no more."""

    account: WhoseEvent | None = None
    reason: Annotated[str, text(500), Field(examples=["Sent twice under two ids"])]


class Replacement(Body):
    """USE-4: what the event should have said, and why; what is not named stays as it was. Account and meter stay."""

    account: WhoseEvent = not_named()
    timestamp: MomentAsSent = not_named()
    quantity: DecimalIn = not_named()
    properties: Annotated[
        Json, WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "null"}], "examples": [{"region": "eu"}]})
    ] = not_named()
    subscription: Annotated[str | None, Field(max_length=50, examples=["S-000012"])] = not_named(
        description="Id or number of one of the account, null for none (USE-5)"
    )
    reason: Annotated[str, text(500), Field(examples=["The unit was MB, not GB"])]


class CorrectionAnswer(Answer):
    """Who took an event back, when and why."""

    reason: str
    actor: str
    corrected_at: datetime


class UsageEventAnswer(Answer):
    """USE-1, USE-4. `status`: `counted`, or that it was `cancelled` or `replaced`, with `correction` saying by whom.

    Of a replaced event this is what it said before. `subscription` is where it belongs to one alone (USE-5).
    """

    id: str
    account: str
    account_number: str
    meter: str
    timestamp: datetime
    quantity: DecimalOut
    properties: dict[str, Any] | None
    subscription: str | None
    received_at: datetime
    status: EventStatus
    correction: CorrectionAnswer | None


class UsageEventWithEarlier(UsageEventAnswer):
    """An event as it stands, and what it said before it was replaced or cancelled, the latest first."""

    earlier: list[UsageEventAnswer]


class UnratedDayAnswer(Answer):
    """USE-4: what no price covers of an account's events on one of its days: how many, their quantities added up.

    `reason`: `no_item`, nothing charges it on that day; `paused`, the subscription that would is paused (SUB-9);
    `account_inactive`, the account is closed on that day (ACC-3).
    """

    account: str
    account_number: str
    meter: str
    day: date
    reason: WhyUnrated
    events: int
    quantity: DecimalOut
