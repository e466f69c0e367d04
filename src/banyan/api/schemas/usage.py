"""Usage events."""

from typing import Annotated, Any

from pydantic import WithJsonSchema

from banyan.api.bodies import Body
from banyan.api.fields import Answer

_EVENT_FORM = {
    "type": "object",
    "required": ["id", "account", "meter", "timestamp", "quantity"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "account": {"type": "string", "description": "The account's id or number"},
        "meter": {"type": "string", "description": "The meter's key"},
        "timestamp": {"type": "string", "format": "date-time"},
        "quantity": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "properties": {"anyOf": [{"type": "object"}, {"type": "null"}]},
    },
}


_CODES = {
    "not_an_object": "not an object",
    "unknown_field": "a field that no event has",
    "missing_field": "a field that is required isn't there",
    "not_text": "id, account or meter is no text",
    "unreadable_id": "empty, longer than 200 characters, or with control characters",
    "unknown_account": "no account that the key may change",
    "inactive_account": "after the account's last day (ACC-3)",
    "unknown_meter": "no such meter",
    "bad_timestamp": "no time with a time zone, before 2000, or more than ten years ahead",
    "bad_quantity": "below 0, more than 18 digits before or 12 after the point, or not a text or whole number",
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
    """USE-1: an event whose id was seen before is a duplicate and counts no second time."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]
