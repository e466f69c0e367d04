"""Failures of the database that end by themselves or by an operator's hand, however long that takes (REL-A)."""

import errno
from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError

ADMIN_SHUTDOWN, CRASH_SHUTDOWN, CANNOT_CONNECT_NOW = "57P01", "57P02", "57P03"
TOO_MANY_CONNECTIONS = "53300"
CONNECTION_EXCEPTIONS = "08"

NO_FURTHER_CONNECTION = (
    "too many clients already",
    "too many connections for",
    "remaining connection slots are reserved",
)
NO_CONNECTION = (
    "All connections of the database are in use. End what does not need its own (processes of Banyan, or sessions: "
    "`SELECT pid, application_name, state, query_start FROM pg_stat_activity` names them), start fewer processes, or "
    "raise max_connections."
)
NO_ROOM = "The database has no room: its disk is full."


def has_no_room(failure: BaseException) -> bool:
    """Whether PostgreSQL refused to write because its disk is full."""
    return any(isinstance(each, psycopg.errors.DiskFull) for each in _with_causes(failure))


def is_out_of_connections(failure: BaseException) -> bool:
    """Whether a server takes no further connection: it says so in words only, before there is one."""
    return any(words in str(each) for each in _with_causes(failure) for words in NO_FURTHER_CONNECTION)


def is_full_disk(failure: OSError) -> bool:
    """Whether the operating system has no room for a file of ours."""
    return failure.errno in (errno.ENOSPC, errno.EDQUOT)


def is_failure_of_the_database(failure: BaseException) -> bool:
    """Whether the database could not do what it was asked, for no reason of the one who asked: worth another try."""
    of_database = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
    return any(isinstance(each, of_database) for each in _with_causes(failure))


def is_outage(failure: BaseException) -> bool:
    """Whether there is no database right now, or none with room; a deadlock or a cancelled statement is no outage."""
    return is_failure_of_the_database(failure) and (has_no_room(failure) or _is_gone(failure))


def _is_gone(failure: BaseException) -> bool:
    """An error without a code never came from a server: the connection was lost or refused."""
    return all(
        state.startswith(CONNECTION_EXCEPTIONS)
        or state in (ADMIN_SHUTDOWN, CRASH_SHUTDOWN, CANNOT_CONNECT_NOW, TOO_MANY_CONNECTIONS)
        for state in states_of(failure)
    )


def states_of(failure: BaseException) -> list[str]:
    """PostgreSQL's codes of what caused a failure, as far as it came from a server; the outermost first."""
    return [each.sqlstate for each in _with_causes(failure) if isinstance(each, psycopg.Error) and each.sqlstate]


def _with_causes(failure: BaseException) -> Iterator[BaseException]:
    """A failure, what caused it, and so on: libraries wrap what psycopg raises."""
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = cause.__cause__
