"""Usage events."""

from typing import Annotated, Any

from pydantic import WithJsonSchema

from banyan.api.fields import Answer, Body

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


class UsageEvents(Body):
    """USE-1. Each event is judged by itself: a bad one is rejected, the good ones count."""

    events: Annotated[list[Any], WithJsonSchema({"type": "array", "maxItems": 10_000, "items": _EVENT_FORM})]


class RejectedEvent(Answer):
    """Which event (counted from 0), and why."""

    index: int
    code: str
    message: str


class UsageAnswer(Answer):
    """USE-1: an event whose id was seen before is a duplicate and counts no second time."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]
