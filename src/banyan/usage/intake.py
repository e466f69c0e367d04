"""Events as they come in, made ready: what they name is looked up, what can't be kept is rejected (USE-1)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.foundation.clock import now
from banyan.kernel.decimals import is_plain
from banyan.kernel.ids import decode_id
from banyan.kernel.texts import fault_of
from banyan.subscriptions.models import Subscription
from banyan.usage.days import days_of
from banyan.usage.inputs import NewEvent
from banyan.usage.scopes import LONGEST_ID, scope_of

LONGEST_PROPERTIES = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(days=1)
"""USE-4: clocks of senders go wrong, and what lies further ahead was mistyped."""

MAY_BE_BELOW_ZERO = "sum"
"""The aggregation that something can be taken off again (USE-4)."""

# Texts come in one piece and are cut at line feeds, which no id and no JSON of ours holds.
SENT = """
SELECT place, event_id, account_id, meter_id, at, quantity, properties::jsonb AS properties, subscription_id,
       banyan_usage_key(scope, event_id) AS key
FROM unnest(%s::integer[], string_to_array(%s, E'\\n'), %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
            %s::numeric[], string_to_array(%s, E'\\n', ''), %s::bigint[])
    AS event(place, event_id, scope, account_id, meter_id, at, quantity, properties, subscription_id)
"""

_KNOWN = ("inactive_since", "organization_id", "organization__parent_id")
_write_json = json.JSONEncoder(sort_keys=True, allow_nan=False, ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was left out: its place in the batch and why."""

    index: int
    code: str
    message: str


class ReadyEvent(NamedTuple):
    """An event as it is kept, and the scope that its id counts in; `at` is in UTC."""

    place: int
    event_id: str
    scope: int
    account_id: int
    meter_id: int
    at: datetime
    quantity: Decimal
    properties: str | None
    subscription_id: int | None

    def content(self) -> tuple[object, ...]:
        return self[3:]


class _Account(NamedTuple):
    """An account in reach; `last_day` is the last one that is charged (ACC-3), it ends before `until`."""

    id: int
    scope: int
    last_day: date | None
    until: datetime | None


class _Meter(NamedTuple):
    id: int
    may_be_below_zero: bool


def ready_events(events: Sequence[NewEvent]) -> tuple[list[ReadyEvent], list[Rejected]]:
    """The events that can be kept; each other one is rejected with its first fault."""
    accounts = _accounts({event.account for event in events})
    meters = _meters({event.meter for event in events})
    subscriptions = _subscriptions({event.subscription for event in events})
    latest = now() + FURTHEST_AHEAD
    ready, rejected = [], []
    for index, event in enumerate(events):
        id_, account_name, meter_key, timestamp, quantity, given, subscription = event
        account, meter, at = accounts.get(account_name), meters.get(meter_key), _in_utc(timestamp)
        properties = None if given is None else _as_json(given)
        if fault := fault_of(id_, LONGEST_ID):
            rejection = "unreadable_id", f"id {fault}"
        elif account is None:
            rejection = "unknown_account", f"there is no account {account_name!r}"
        elif meter is None:
            rejection = "unknown_meter", f"there is no meter {meter_key!r}"
        elif at is None or at < EARLIEST:
            message = f"timestamp {timestamp} must have a time zone and be {EARLIEST:%Y-%m-%d} or later"
            rejection = "bad_timestamp", message
        elif at > latest:
            message = f"timestamp {timestamp} is more than a day ahead; the latest now is {latest:%Y-%m-%dT%H:%M:%SZ}"
            rejection = "too_far_ahead", message
        elif account.until is not None and at >= account.until:
            message = f"account {account_name!r} is inactive and charged until {account.last_day}, before {timestamp}"
            rejection = "inactive_account", message
        elif not is_plain(quantity):
            rejection = "bad_quantity", f"quantity {quantity} must be below 10^18, with at most 12 decimals"
        elif quantity < 0 and not meter.may_be_below_zero:
            message = f"quantity {quantity} must be 0 or more: only a meter that adds up takes less"
            rejection = "bad_quantity", message
        elif properties is not None and not 0 < len(properties) <= LONGEST_PROPERTIES:
            message = f"properties must be plain JSON of at most {LONGEST_PROPERTIES} characters"
            rejection = "bad_properties", message
        elif subscription is not None and (account.id, subscription) not in subscriptions:
            message = f"account {account_name!r} has no subscription {subscription!r}"
            rejection = "unknown_subscription", message
        else:
            number = None if subscription is None else subscriptions[account.id, subscription]
            ready.append(ReadyEvent(index, id_, account.scope, account.id, meter.id, at, quantity, properties, number))
            continue
        rejected.append(Rejected(index, *rejection))
    return ready, rejected


def ask_about(sql: str, events: Sequence[ReadyEvent]) -> list[int]:
    """The places that a statement over the events (`SENT`) gives."""
    places, ids, scopes, accounts, meters, moments, quantities, properties, subscriptions = zip(*events, strict=True)
    columns = [
        _array(map(str, places)),
        "\n".join(ids),
        _array(map(str, scopes)),
        _array(map(str, accounts)),
        _array(map(str, meters)),
        _array(map(datetime.isoformat, moments)),
        _array(map(str, quantities)),
        "\n".join(text or "" for text in properties),
        _array("NULL" if number is None else str(number) for number in subscriptions),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        return [place for (place,) in cursor.fetchall()]


def _accounts(named: set[str]) -> dict[str, _Account]:
    """The accounts in reach by what they are called in the events: public id or number."""
    ids = {name: number for name in named if (number := decode_id("account", name)) is not None}
    known = Account.reachable.filter(pk__any_of=ids.values()).values_list("id", *_KNOWN) if ids else ()
    numbers = RawSQL("SELECT unnest(string_to_array(%s, E'\\n'))", ["\n".join(named)])
    by_number = Account.reachable.filter(number__in=numbers).values_list("number", "id", *_KNOWN)
    accounts = _ending([*known, *(row[1:] for row in by_number)])
    return {number: accounts[id_] for number, id_, *_ in by_number} | {
        name: accounts[id_] for name, id_ in ids.items() if id_ in accounts
    }


def _ending(known: Sequence[tuple[int, date | None, int, int | None]]) -> dict[int, _Account]:
    days = days_of([account for account, last_day, _, _ in known if last_day is not None])
    return {
        account: _Account(
            account,
            scope_of(organization, above),
            last_day,
            None if last_day is None else days[account].begin(last_day + timedelta(days=1)),
        )
        for account, last_day, organization, above in known
    }


def _meters(keys: set[str]) -> dict[str, _Meter]:
    rows = Meter.objects.filter(key__in=keys).values_list("key", "id", "aggregation")
    return {key: _Meter(id_, aggregation == MAY_BE_BELOW_ZERO) for key, id_, aggregation in rows}


def _subscriptions(named: set[str | None]) -> dict[tuple[int, str], int]:
    """The subscriptions that events name, by public id or number, each with its account."""
    names = {name for name in named if name is not None}
    if not names:
        return {}
    ids = {number: name for name in names if (number := decode_id("subscription", name)) is not None}
    by_id = Subscription.objects.filter(pk__any_of=list(ids)).values_list("id", "account_id")
    by_number = Subscription.objects.filter(number__any_of=list(names)).values_list("number", "id", "account_id")
    return {(account, number): id_ for number, id_, account in by_number} | {
        (account, ids[id_]): id_ for id_, account in by_id
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


def _array(values: Iterable[str]) -> str:
    """Numbers or moments as PostgreSQL reads an array; much quicker than a list that is adapted one by one."""
    return "{" + ",".join(values) + "}"
