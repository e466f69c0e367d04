"""What a client is told when its request could not be done, for a reason that is not in the request (ERR-1, REL-A)."""

from dataclasses import dataclass

import psycopg
from django.db import InterfaceError, OperationalError

from banyan.foundation.outages import NO_ROOM, states_of
from banyan.foundation.time_limits import TookTooLongError


@dataclass(frozen=True, slots=True)
class Trouble:
    """`status` and `code` for programs, `name` and `says` for people, `retry_after` in seconds."""

    status: int
    code: str
    name: str
    says: str
    retry_after: int | None = None


NO_DATABASE = Trouble(
    503, "unavailable", "The database does not answer",
    "The database does not answer; nothing was done. Try again in a moment.", 1,
)  # fmt: skip
FULL_DISK = Trouble(
    507, "no_room", "There is no room",
    f"{NO_ROOM} Nothing was done. Repeat it when there is room. Looking things up still works.",
)  # fmt: skip
LOCKED = Trouble(
    503, "locked", "Something else is being changed",
    "Another change that is under way holds what this one needs; nothing was done. Try again in a moment.", 5,
)  # fmt: skip
TOO_SLOW = Trouble(
    504, "too_slow", "This takes too long",
    "It took longer than this server works for one request; it was stopped and nothing was done. Ask for less at a "
    "time: a shorter period, fewer rows, or the same as a job (a bill run, an import, an export).",
)  # fmt: skip
UNKNOWN_OUTCOME = Trouble(
    504, "too_slow", "This takes too long",
    "It takes longer than this server works for one request. Whether it was done is not known: look, or repeat it with "
    "the same Idempotency-Key.",
)  # fmt: skip
BUSY = Trouble(
    503, "busy", "The server is busy",
    "The server is busy with other requests; nothing was done. Try again in a moment.", 5,
)  # fmt: skip
TOO_MANY = Trouble(
    429, "too_many_requests", "Too many requests at a time",
    "Too many requests of this address are under way; nothing was done. Wait for their answers.", 1,
)  # fmt: skip
SLOW_BODY = Trouble(
    408, "slow_body", "The request did not arrive",
    "The body of the request did not arrive in time; nothing was done. Send it again over a faster connection.",
)  # fmt: skip
BAD_BODY = Trouble(
    400, "unreadable", "The request can't be read",
    "The body of the request ended before it was complete, or is not in the encoding that was named; nothing was done.",
)  # fmt: skip
FAILED = Trouble(
    500, "internal_error", "This failed on our side",
    "This failed on our side; nothing was done. Try again in a moment; the log of the server says more.",
)  # fmt: skip

_OF_STATE = {
    "53100": FULL_DISK,
    "55P03": LOCKED,
    "40P01": LOCKED,
    "40001": LOCKED,
    "57014": TOO_SLOW,
    "25P03": TOO_SLOW,
    "25P04": TOO_SLOW,
}


def trouble_of(failure: BaseException | None) -> Trouble | None:
    """What to tell of a database that is away, full, locked or slow; None of a failure that is a fault of ours."""
    if failure is None:
        return None
    if isinstance(failure, TookTooLongError):
        return TOO_SLOW
    known = [_OF_STATE[state] for state in states_of(failure) if state in _OF_STATE]
    if known:
        return known[0]
    away = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
    return NO_DATABASE if isinstance(failure, away) else None
