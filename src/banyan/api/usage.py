"""/usage-events."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic_core import PydanticCustomError

from banyan.api.fields import read_decimal
from banyan.api.schemas.usage import RejectedEvent, UsageAnswer, UsageEvents
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import shown
from banyan.organizations.reach import current_reach, reaching
from banyan.organizations.roles import Role
from banyan.usage.actions.record_events import MOST_EVENTS, record_events
from banyan.usage.inputs import NewEvent

router = Router()
_REQUIRED = frozenset(("id", "account", "meter", "timestamp", "quantity"))
_FIELDS = _REQUIRED | {"properties"}
_TEXTS = ("id", "account", "meter")


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
    with reaching(current_reach().with_role(Role.OPERATOR)):
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


def read_event(sent: Any) -> NewEvent:
    """The event, if it has the form of one. Written by hand because events come by the ten thousand."""
    if not isinstance(sent, dict):
        raise BadEvent("not_an_object", f"{shown(sent)} is no event; an event is an object")
    if not sent.keys() <= _FIELDS:
        unknown = ", ".join(sorted(sent.keys() - _FIELDS))
        raise BadEvent("unknown_field", f"{unknown[:80]}: no field of an event; there are {', '.join(sorted(_FIELDS))}")
    if not sent.keys() >= _REQUIRED:
        raise BadEvent("missing_field", f"an event needs {', '.join(sorted(_REQUIRED - sent.keys()))}")
    id_, account, meter = sent["id"], sent["account"], sent["meter"]
    if not (isinstance(id_, str) and isinstance(account, str) and isinstance(meter, str)):
        name = next(name for name in _TEXTS if not isinstance(sent[name], str))
        raise BadEvent("not_text", f"{name} {shown(sent[name])} is no text")
    properties = sent.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise BadEvent("bad_properties", f"properties {shown(properties)} is no object")
    try:
        timestamp = datetime.fromisoformat(sent["timestamp"])
    except (TypeError, ValueError) as error:
        message = f"timestamp {shown(sent['timestamp'])} is no time like 2026-01-31T10:00:00Z"
        raise BadEvent("bad_timestamp", message) from error
    try:
        quantity = read_decimal(sent["quantity"])
    except PydanticCustomError as error:
        raise BadEvent("bad_quantity", f"quantity {error.message()}") from error
    return NewEvent(id_, account, meter, timestamp, quantity, properties)
