"""PERF-4: usage events taken in over the API, and added up for a bill run's batch, while there are more and more."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import psutil
import psycopg
from django.db import connection

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.inputs import NewMeter
from banyan.foundation.database import conninfo
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.calendar import Period
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.usage.days import AccountDays
from banyan.usage.inputs import UsageRequest
from banyan.usage.months import make_months
from banyan.usage.queries import usage_in_periods
from benchmarks.bill_run import Clock, Cost
from benchmarks.population import populate

ACCOUNTS = 50_000
FIRST_ID = 1_000_000
A_MONTH = 1_000_000
"""Events: 20 an account. More events are more months, as in a tenant that goes on for years."""

LAST_MONTH, THIS_MONTH = date(2025, 11, 1), date(2025, 12, 1)
BATCH = 1_000
CLIENTS = 4
BATCHES_OF_A_CLIENT = 50
ACCOUNTS_OF_A_BATCH = 1_000

# Ids in no order, and every account in turn.
FILL = """
WITH made AS (
    SELECT gen_random_uuid()::text AS event_id, %(first)s + n * 7919 %% %(accounts)s AS account_id,
           %(month)s::timestamptz + n * interval '2.4 s' AS at, 1 + n %% 100 AS quantity
    FROM generate_series(0, %(events)s::bigint - 1) AS n
), counted AS (
    INSERT INTO usage_countedid (key)
    SELECT encode(substr(sha256(convert_to(event_id, 'UTF8')), 1, 16), 'hex')::uuid FROM made)
INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, received_at, quantity)
SELECT event_id, account_id, %(meter)s, at, at, quantity FROM made
"""

FLOOR_TABLES = """
DROP TABLE IF EXISTS floor_event, floor_key;
CREATE TABLE floor_event (LIKE usage_usageevent INCLUDING ALL);
CREATE TABLE floor_key (LIKE usage_countedid INCLUDING ALL);
"""
FLOOR_EVENTS = "COPY floor_event (account_id, meter_id, at, event_id, quantity) FROM STDIN"
FLOOR_KEYS = "COPY floor_key (key) FROM STDIN"

SIZE = """
SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('usage_usageevent')
UNION ALL SELECT pg_total_relation_size('usage_countedid')
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Among how many events; what sending some cost, and COPY of as many; seconds to add a batch up; bytes an event."""

    events: int
    sent: int
    cost: Cost
    floor: Cost
    seconds_to_add_up: float
    bytes_of_an_event: float

    @property
    def per_second(self) -> float:
        return self.sent / self.cost.seconds

    @property
    def per_second_of_two_cores(self) -> float:
        """What two processors that do nothing else would take in, however busy the machine was."""
        return 2 * self.sent / self.cost.processor

    @property
    def processor_ratio(self) -> float:
        return self.cost.processor / self.floor.postgresql


class EventsNotTakenError(Exception):
    """A measured batch was not taken in whole."""


def measure(sizes: Sequence[int]) -> Iterator[Measured]:
    """With so many millions of events in a tenant, one size after the other, the larger ones later."""
    name = f"bench_usage_{os.getpid()}"
    create_tenant(name, name, (), set_up_tenant)
    with within_tenant(name):
        populate("usage", ACCOUNTS, LAST_MONTH, FIRST_ID)
        meter = create_meter(NewMeter(key="calls")).id
        oldest, there = THIS_MONTH, 0
        _, key = create_api_key("bench")
        with _server() as (port, python):
            for size in sorted(sizes):
                for _ in range(there, size):
                    oldest = (oldest - timedelta(days=1)).replace(day=1)
                    _fill(oldest, meter)
                there = max(there, size)
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM (ANALYZE) usage_usageevent, usage_countedid")
                _at_once([_sender(port, key, _bodies(1)) for _ in range(CLIENTS)])
                senders = [_sender(port, key, _bodies(BATCHES_OF_A_CLIENT)) for _ in range(CLIENTS)]
                clock = Clock(python)
                _at_once(senders)
                cost = clock.cost()
                yield Measured(
                    events=size * A_MONTH,
                    sent=CLIENTS * BATCHES_OF_A_CLIENT * BATCH,
                    cost=cost,
                    floor=_floor(name, meter),
                    seconds_to_add_up=_seconds_to_add_up(meter),
                    bytes_of_an_event=_bytes_of_an_event(),
                )


def _fill(month: date, meter: int) -> None:
    make_months([month])
    values: dict[str, Any] = {"first": FIRST_ID, "accounts": ACCOUNTS, "month": f"{month} 00:00Z", "meter": meter}
    with connection.cursor() as cursor:
        cursor.execute(FILL, values | {"events": A_MONTH})


def _bodies(batches: int) -> list[bytes]:
    """Batches of events of this month, ready to be sent."""
    return [json.dumps({"events": [_event() for _ in range(BATCH)]}).encode() for _ in range(batches)]


def _event() -> dict[str, str]:
    id_ = uuid.uuid4()
    moment = datetime(THIS_MONTH.year, THIS_MONTH.month, 1, tzinfo=UTC) + timedelta(
        milliseconds=id_.int % 2_400_000_000
    )
    return {
        "id": str(id_),
        "account": f"usage-A{id_.int % ACCOUNTS}",
        "meter": "calls",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "quantity": str(1 + id_.int % 100),
    }


@contextmanager
def _server() -> Iterator[tuple[int, psutil.Process]]:
    """A server with two processes that answer: its port, and its first process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "banyan.cli", "serve", "--port", str(port), "--workers-inside", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                _ask(http.client.HTTPConnection("127.0.0.1", port), "GET", "/readyz", {})
                break
            except OSError:
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _ask(link: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    link.request(method, path, body, headers)
    return link.getresponse().read()


def _sender(port: int, key: str, bodies: list[bytes]) -> Callable[[], None]:
    """A client that sends one batch after the other, each when the last one was acknowledged."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port)
        for body in bodies:
            answer = json.loads(_ask(link, "POST", "/api/v1/usage-events", headers, body))
            if answer.get("accepted") != BATCH:
                raise EventsNotTakenError(str(answer)[:500])

    return send


def _at_once(tasks: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(tasks)) as threads:
        for done in [threads.submit(task) for task in tasks]:
            done.result()


def _floor(schema: str, meter: int) -> Cost:
    """COPY as many rows, in transactions as large, over as many connections, into an empty month and empty ids."""
    with connection.cursor() as cursor:
        cursor.execute(FLOOR_TABLES)
    copiers = [_copier(schema, [_rows(meter) for _ in range(BATCHES_OF_A_CLIENT)]) for _ in range(CLIENTS)]
    clock = Clock()
    _at_once(copiers)
    return clock.cost()


def _rows(meter: int) -> tuple[bytes, bytes]:
    events = [_event() for _ in range(BATCH)]
    lines = (
        f"{FIRST_ID + int(event['account'].removeprefix('usage-A'))}\t{meter}\t{event['timestamp']}\t{event['id']}\t"
        f"{event['quantity']}\n"
        for event in events
    )
    return "".join(lines).encode(), "".join(f"{event['id']}\n" for event in events).encode()


def _copier(schema: str, batches: Sequence[tuple[bytes, bytes]]) -> Callable[[], None]:
    def copy() -> None:
        with psycopg.connect(conninfo(), options=f"-c search_path={schema}") as link:
            for events, keys in batches:
                with link.cursor() as cursor:
                    with cursor.copy(FLOOR_EVENTS) as into:
                        into.write(events)
                    with cursor.copy(FLOOR_KEYS) as into:
                        into.write(keys)
                link.commit()

    return copy


def _seconds_to_add_up(meter: int) -> float:
    """What the accounts of a bill run's batch used in the last month, the median of eleven batches."""
    seconds = []
    month = AccountDays("UTC").moments(Period(LAST_MONTH, THIS_MONTH))
    for first in range(FIRST_ID, FIRST_ID + 11 * ACCOUNTS_OF_A_BATCH, ACCOUNTS_OF_A_BATCH):
        asked = range(first, first + ACCOUNTS_OF_A_BATCH)
        requests = [UsageRequest(account, account, meter, (month,)) for account in asked]
        began = time.perf_counter()
        usage_in_periods(requests)
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def _bytes_of_an_event() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM usage_countedid")
        (events,) = cursor.fetchone()
        cursor.execute(SIZE)
        return float(sum(size for (size,) in cursor.fetchall()) / events)
