"""Take in usage events (USE-1)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.foundation.clock import now
from banyan.kernel.decimals import is_plain
from banyan.kernel.ids import decode_id
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import fault_of
from banyan.usage.days import days_of
from banyan.usage.inputs import NewEvent
from banyan.usage.months import make_months

MOST_EVENTS = 10_000
LONGEST_ID = 200
LONGEST_PROPERTIES = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(days=3653)
"""Ten years: it bounds the months that there can be, and finds years that were mistyped."""

# Texts come in one piece and are cut at line feeds, which no id and no JSON of ours holds.
_SENT = """
SELECT event_id, account_id, meter_id, at, quantity, properties::jsonb AS properties,
       encode(substr(sha256(convert_to(event_id, 'UTF8')), 1, 16), 'hex')::uuid AS key
FROM unnest(string_to_array(%s, E'\\n'), %s::bigint[], %s::bigint[], %s::timestamptz[], %s::numeric[],
            string_to_array(%s, E'\\n', '')) AS event(event_id, account_id, meter_id, at, quantity, properties)
"""

# Keys go in by their order, so that two batches with the same ids don't lock each other up.
INSERT = f"""
WITH sent AS MATERIALIZED ({_SENT}),
counted AS (INSERT INTO usage_countedid (key) SELECT key FROM sent ORDER BY key ON CONFLICT DO NOTHING RETURNING key),
inserted AS (
    INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity, properties)
    SELECT event_id, account_id, meter_id, at, quantity, properties FROM sent JOIN counted USING (key))
SELECT event_id FROM sent WHERE NOT EXISTS (SELECT FROM counted WHERE counted.key = sent.key)
"""

# The same event is of the same meter, account and moment: so it is found by the index that usage is added up with.
SAME_AS_STORED = f"""
SELECT event.event_id
FROM ({_SENT}) AS event
JOIN usage_usageevent stored ON stored.meter_id = event.meter_id AND stored.account_id = event.account_id
    AND stored.at = event.at AND stored.event_id = event.event_id
WHERE stored.quantity = event.quantity AND stored.properties IS NOT DISTINCT FROM event.properties
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


class _Account(NamedTuple):
    """An account in reach; `last_day` is the last one that is charged (ACC-3), it ends before `until`."""

    id: int
    last_day: date | None
    until: datetime | None


class _Event(NamedTuple):
    """An event as it is stored; `at` is in UTC."""

    place: int
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
        make_months(date(year, month, 1) for year, month in {(event.at.year, event.at.month) for event in good})
        _insert(good, recorded)
    recorded.rejected.sort(key=lambda rejected: rejected.index)
    return recorded


def _readable(events: Sequence[NewEvent], recorded: Recorded) -> list[_Event]:
    """The events that can be stored; each other one is rejected with its first fault."""
    accounts = _accounts({event.account for event in events})
    meters = dict(Meter.objects.filter(key__in={event.meter for event in events}).values_list("key", "id"))
    latest = now() + FURTHEST_AHEAD
    readable = []
    for index, event in enumerate(events):
        id_, account_name, meter_key, timestamp, quantity, given = event
        account, meter, at = accounts.get(account_name), meters.get(meter_key), _in_utc(timestamp)
        properties = None if given is None else _as_json(given)
        if fault := fault_of(id_, LONGEST_ID):
            rejection = "unreadable_id", f"id {fault}"
        elif account is None:
            rejection = "unknown_account", f"there is no account {account_name!r}"
        elif meter is None:
            rejection = "unknown_meter", f"there is no meter {meter_key!r}"
        elif at is None or not EARLIEST <= at < latest:
            ends = f"{EARLIEST:%Y-%m-%d} and {latest:%Y-%m-%d}"
            rejection = "bad_timestamp", f"timestamp {timestamp} must have a time zone and lie between {ends}"
        elif account.until is not None and at >= account.until:
            message = f"account {account_name!r} is inactive and charged until {account.last_day}, before {timestamp}"
            rejection = "inactive_account", message
        elif not is_plain(quantity) or quantity < 0:
            rejection = "bad_quantity", f"quantity {quantity} must be 0 or more, below 10^18, with at most 12 decimals"
        elif properties is not None and not 0 < len(properties) <= LONGEST_PROPERTIES:
            message = f"properties must be plain JSON of at most {LONGEST_PROPERTIES} characters"
            rejection = "bad_properties", message
        else:
            readable.append(_Event(index, id_, account.id, meter, at, quantity, properties))
            continue
        recorded.rejected.append(Rejected(index, *rejection))
    return readable


def _accounts(named: set[str]) -> dict[str, _Account]:
    """The accounts in reach by what they are called in the events: public id or number."""
    ids = {name: number for name in named if (number := decode_id("account", name)) is not None}
    known = Account.reachable.filter(pk__any_of=ids.values()).values_list("id", "inactive_since") if ids else ()
    numbers = RawSQL("SELECT unnest(string_to_array(%s, E'\\n'))", ["\n".join(named)])
    by_number = Account.reachable.filter(number__in=numbers).values_list("number", "id", "inactive_since")
    last_days = dict(known) | {id_: last_day for _, id_, last_day in by_number}
    accounts = _ending(last_days)
    return {number: accounts[id_] for number, id_, _ in by_number} | {
        name: accounts[id_] for name, id_ in ids.items() if id_ in accounts
    }


def _ending(last_days: Mapping[int, date | None]) -> dict[int, _Account]:
    days = days_of([account for account, last_day in last_days.items() if last_day is not None])
    return {
        account: _Account(
            account, last_day, None if last_day is None else days[account].begin(last_day + timedelta(days=1))
        )
        for account, last_day in last_days.items()
    }


def _in_utc(timestamp: datetime) -> datetime | None:
    """The moment; None when it has no time zone or lies at the very ends of time."""
    if timestamp.tzinfo is UTC:
        return timestamp
    try:
        return timestamp.astimezone(UTC) if timestamp.tzinfo else None
    except OverflowError:
        return None


def _as_json(properties: Mapping[str, object]) -> str:
    """The properties as the database keeps them; empty when it can't: no NaN, NUL, half character or endless nest."""
    try:
        text = _write_json(properties)
        text.encode()
    except (ValueError, RecursionError):
        return ""
    return "" if "\\u0000" in text else text


def _first_of_each_id(events: Sequence[_Event], recorded: Recorded) -> list[_Event]:
    """The batch without repetitions, which are counted."""
    first: dict[str, _Event] = {}
    for event in events:
        held = first.setdefault(event.event_id, event)
        if held is not event:
            _count_repetition(event, held.content() == event.content(), recorded)
    return list(first.values())


def _count_repetition(event: _Event, is_same: bool, recorded: Recorded) -> None:
    if is_same:
        recorded.duplicates += 1
    else:
        message = f"event {event.event_id!r} was counted before with other content"
        recorded.rejected.append(Rejected(event.place, "different_content", message))


def _insert(events: Sequence[_Event], recorded: Recorded) -> None:
    if not events:
        return
    counted_before = _event_ids(INSERT, events)
    recorded.accepted = len(events) - len(counted_before)
    if counted_before:
        repeated = [event for event in events if event.event_id in counted_before]
        same = _event_ids(SAME_AS_STORED, repeated)
        for event in repeated:
            _count_repetition(event, event.event_id in same, recorded)


def _event_ids(sql: str, events: Sequence[_Event]) -> set[str]:
    _, ids, accounts, meters, moments, quantities, properties = zip(*events, strict=True)
    columns = [
        "\n".join(ids),
        _array(map(str, accounts)),
        _array(map(str, meters)),
        _array(map(datetime.isoformat, moments)),
        _array(map(str, quantities)),
        "\n".join(text or "" for text in properties),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        return {event_id for (event_id,) in cursor.fetchall()}


def _array(values: Iterable[str]) -> str:
    """Numbers or moments as PostgreSQL reads an array; much quicker than a list that is adapted one by one."""
    return "{" + ",".join(values) + "}"
