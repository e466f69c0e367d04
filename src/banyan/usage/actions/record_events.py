"""Take in usage events (USE-1)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.kernel.decimals import is_plain
from banyan.kernel.ids import decode_id
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import fault_of
from banyan.usage.inputs import NewEvent

MOST_EVENTS = 10_000
LONGEST_ID = 200
LONGEST_PROPERTIES = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_SENT = """json_to_recordset(%s::json) AS event(
    event_id text, account_id bigint, meter_id bigint, at timestamptz, quantity numeric, properties text)"""

INSERT = f"""
INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity, properties)
SELECT event.event_id, event.account_id, event.meter_id, event.at, event.quantity, event.properties::jsonb
FROM {_SENT}
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id
"""

SAME_AS_STORED = f"""
SELECT event.event_id
FROM {_SENT}
JOIN usage_usageevent stored ON stored.event_id = event.event_id
WHERE (stored.account_id, stored.meter_id, stored.at, stored.quantity)
      = (event.account_id, event.meter_id, event.at, event.quantity)
  AND stored.properties IS NOT DISTINCT FROM event.properties::jsonb
"""

_write_json = json.JSONEncoder(sort_keys=True, allow_nan=False, ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was left out: its place in the batch and why."""

    index: int
    code: str
    message: str


@dataclass(slots=True)
class Recorded:
    """What became of a batch: events taken in, events that were there already, and those left out, in order."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Event:
    """An event as it is stored."""

    index: int
    event_id: str
    account_id: int
    meter_id: int
    at: datetime
    quantity: Decimal
    properties: str | None

    def content(self) -> tuple[object, ...]:
        return self.account_id, self.meter_id, self.at, self.quantity, self.properties


def record_events(events: Sequence[NewEvent]) -> Recorded:
    """Take in the good events, whatever the others are. An id counts once, however often it comes.

    The same id with other content is left out as `different_content`: what was counted first holds. Refused as a whole:
    more than 10,000 events.
    """
    if len(events) > MOST_EVENTS:
        message = f"{len(events)} events; send at most {MOST_EVENTS} at once"
        raise invalid("events", "too_many", message, "USE-1", len(events))
    recorded = Recorded()
    with transaction.atomic():
        good = _first_of_each_id(_readable(events, recorded), recorded)
        _insert(good, recorded)
    recorded.rejected.sort(key=lambda rejected: rejected.index)
    return recorded


def _readable(events: Sequence[NewEvent], recorded: Recorded) -> list[_Event]:
    """The events that can be stored; each other one is rejected with its first fault."""
    accounts = _account_ids({event.account for event in events})
    meters = dict(Meter.objects.filter(key__in={event.meter for event in events}).values_list("key", "id"))
    readable = []
    for index, event in enumerate(events):
        properties = None if event.properties is None else _as_json(event.properties)
        if fault := _fault(event, properties, accounts, meters):
            recorded.rejected.append(Rejected(index, *fault))
            continue
        account, meter = accounts[event.account], meters[event.meter]
        readable.append(_Event(index, event.id, account, meter, event.timestamp, event.quantity, properties))
    return readable


def _as_json(properties: Mapping[str, object]) -> str:
    """The properties as the database keeps them; empty when it can't: no NaN, NUL, half character or endless nest."""
    try:
        text = _write_json(properties)
        text.encode()
    except (ValueError, RecursionError):
        return ""
    return "" if "\\u0000" in text else text


def _account_ids(named: set[str]) -> dict[str, int]:
    """The accounts in reach by what they are called in the events: public id or number."""
    ids = {name: number for name in named if (number := decode_id("account", name)) is not None}
    known = set(Account.reachable.filter(pk__in=ids.values()).values_list("id", flat=True))
    by_number = dict(Account.reachable.filter(number__in=named).values_list("number", "id"))
    return by_number | {name: number for name, number in ids.items() if number in known}


def _fault(
    event: NewEvent, properties: str | None, accounts: Mapping[str, int], meters: Mapping[str, int]
) -> tuple[str, str] | None:
    """Code and message of the first thing that is wrong with an event; None when it is good."""
    if fault := fault_of(event.id, LONGEST_ID):
        return "unreadable_id", f"id {fault}"
    if event.account not in accounts:
        return "unknown_account", f"there is no account {event.account!r}"
    if event.meter not in meters:
        return "unknown_meter", f"there is no meter {event.meter!r}"
    if event.timestamp.tzinfo is None or not EARLIEST <= event.timestamp < LATEST:
        return "bad_timestamp", f"timestamp {event.timestamp} must have a time zone and lie in the years 2000 to 2199"
    if not is_plain(event.quantity) or event.quantity < 0:
        return "bad_quantity", f"quantity {event.quantity} must be 0 or more, with at most 12 decimals"
    if properties is not None and not 0 < len(properties) <= LONGEST_PROPERTIES:
        return "bad_properties", f"properties must be plain JSON of at most {LONGEST_PROPERTIES} characters"
    return None


def _first_of_each_id(events: Sequence[_Event], recorded: Recorded) -> list[_Event]:
    """The batch without repetitions, which are counted; in the order of the ids, so that no two batches lock up."""
    first: dict[str, _Event] = {}
    for event in events:
        held = first.setdefault(event.event_id, event)
        if held is not event:
            _count_repetition(event, held.content() == event.content(), recorded)
    return [first[event_id] for event_id in sorted(first)]


def _count_repetition(event: _Event, is_same: bool, recorded: Recorded) -> None:
    if is_same:
        recorded.duplicates += 1
    else:
        message = f"event {event.event_id!r} was counted before with other content"
        recorded.rejected.append(Rejected(event.index, "different_content", message))


def _insert(events: Sequence[_Event], recorded: Recorded) -> None:
    if not events:
        return
    new = _event_ids(INSERT, events)
    recorded.accepted = len(new)
    stored_before = [event for event in events if event.event_id not in new]
    if stored_before:
        same = _event_ids(SAME_AS_STORED, stored_before)
        for event in stored_before:
            _count_repetition(event, event.event_id in same, recorded)


def _event_ids(sql: str, events: Sequence[_Event]) -> set[str]:
    sent = [
        {
            "event_id": event.event_id,
            "account_id": event.account_id,
            "meter_id": event.meter_id,
            "at": event.at.isoformat(),
            "quantity": str(event.quantity),
            "properties": event.properties,
        }
        for event in events
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [_write_json(sent)])
        return {row[0] for row in cursor.fetchall()}
