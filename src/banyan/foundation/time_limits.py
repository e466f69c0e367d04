"""How long the database works for us, by kind of work: a statement, a wait for a lock, an idle transaction."""

from enum import Enum

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from banyan.foundation.limits import MILLISECONDS, Limit

GRACE_SECONDS = 5
"""By which the database outlasts a web process, that ends its statements itself and knows why."""

SET = """SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
                set_config('idle_in_transaction_session_timeout', %s, false)"""


class TookTooLongError(OperationalError):
    """A request was not answered within its limit, and what it asked of the database was ended."""


class ClientLeftError(OperationalError):
    """Nobody waits for the answer any more, so nothing more was read for it."""


class Work(Enum):
    """What a process, or a command, does with its connections; imports and bill runs are jobs."""

    WEB = "web"
    JOB = "job"
    COMMAND = "command"
    MIGRATION = "migration"

    def seconds(self) -> tuple[int, int, int]:
        """For a statement, for a lock, and for a transaction that does nothing; 0: as long as it takes."""
        if self is Work.WEB:
            longest = max(Limit.READ_SECONDS.now(), Limit.WRITE_SECONDS.now())
            return longest + GRACE_SECONDS, Limit.LOCK_SECONDS.now(), Limit.IDLE_SECONDS.now()
        if self is Work.MIGRATION:
            return 0, Limit.MIGRATION_LOCK_SECONDS.now(), 0
        statement = Limit.JOB_STATEMENT_SECONDS.now() if self is Work.JOB else 0
        return statement, Limit.JOB_LOCK_SECONDS.now(), Limit.JOB_IDLE_SECONDS.now()


_seconds: tuple[int, int, int] | None = None


def limit_connections(work: Work) -> None:
    """From now on every connection that this process opens through Django has the limits of that work."""
    global _seconds
    _seconds = work.seconds()
    connection_created.connect(_limit, dispatch_uid="banyan.time_limits")


def limit_connection(connection: BaseDatabaseWrapper, work: Work) -> None:
    """Have an open connection keep the limits of another kind of work from now on."""
    _tell(connection, work.seconds())


def _limit(connection: BaseDatabaseWrapper, **_: object) -> None:
    if _seconds is not None:
        _tell(connection, _seconds)


def _tell(connection: BaseDatabaseWrapper, seconds: tuple[int, int, int]) -> None:
    connection.connection.execute(SET, [f"{each * MILLISECONDS}" for each in seconds])
