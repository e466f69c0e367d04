"""How long the database works for us, by kind of work: a statement, a wait for a lock, an idle transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from banyan.foundation.limits import MILLISECONDS, Limit

GRACE_SECONDS = 5
"""By which the database outlasts a web process, that ends its statements itself and knows why."""

SET = "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"
SET_IDLE = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"


class TookTooLongError(OperationalError):
    """A request was not answered within its limit, and what it asked of the database was ended."""


class ClientLeftError(OperationalError):
    """Nobody waits for the answer any more, so nothing more was read for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds, 0: as long as it takes. `idle` None leaves a transaction that does nothing to others' limits."""

    statement: int
    lock: int
    idle: int | None = None


class Work(Enum):
    """What a process does with its connections. Imports and bill runs are jobs; how long a job's transaction may do
    nothing is a matter of its lease, and of a limit only where nobody else looks (leases.py).
    """

    WEB = "web"
    JOB = "job"
    COMMAND = "command"
    MIGRATION = "migration"

    def limits(self) -> Limits:
        """As the environment sets them."""
        if self is Work.WEB:
            longest = max(Limit.READ_SECONDS.now(), Limit.WRITE_SECONDS.now())
            return Limits(longest + GRACE_SECONDS, Limit.LOCK_SECONDS.now(), Limit.IDLE_SECONDS.now())
        if self is Work.MIGRATION:
            return Limits(0, Limit.MIGRATION_LOCK_SECONDS.now())
        if self is Work.JOB:
            statement, idle = Limit.JOB_STATEMENT_SECONDS.now(), Limit.JOB_IDLE_SECONDS.now()
            return Limits(statement, Limit.JOB_LOCK_SECONDS.now(), idle)
        return Limits(0, Limit.JOB_LOCK_SECONDS.now())


_work: Work | None = None


def limit_connections(work: Work) -> None:
    """From now on every connection of this process through Django has the limits of that work, one that is open too."""
    global _work
    _work = work
    connection_created.connect(_limit, dispatch_uid="banyan.time_limits")
    _tell_all(work.limits())


@contextmanager
def limited_as(work: Work) -> Iterator[None]:
    """Within the block connections have the limits of that work, afterwards those of before."""
    global _work
    before = _work
    limit_connections(work)
    try:
        yield
    finally:
        _work = before
        _tell_all(Limits(0, 0) if before is None else before.limits())


def _limit(connection: BaseDatabaseWrapper, **_: object) -> None:
    if _work is not None:
        _tell(connection, _work.limits())


def _tell_all(limits: Limits) -> None:
    for each in connections.all(initialized_only=True):
        _tell(each, limits)


def _tell(connection: Any, limits: Limits) -> None:
    raw = connection.connection
    if raw is None or raw.closed:
        return
    raw.execute(SET, [_text(limits.statement), _text(limits.lock)])
    if limits.idle is not None:
        raw.execute(SET_IDLE, [_text(limits.idle)])


def _text(seconds: int) -> str:
    return str(seconds * MILLISECONDS)
