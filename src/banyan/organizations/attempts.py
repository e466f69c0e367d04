"""How often may be tried what can be guessed: each attempt is counted before it is looked at, so any number at once are
counted exactly. A limit slows down and locks nobody out: after some in vain the next one waits, each time longer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from banyan.foundation.clock import now
from banyan.kernel.refusals import Kind, Problem, Refusal

FORGOTTEN_AFTER = timedelta(hours=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
MOST_DOUBLINGS = 5

HOLD = """
INSERT INTO organizations_attemptcount (kind, counted, failures, last_at) VALUES (%s, %s, 0, %s)
ON CONFLICT (kind, counted) DO UPDATE SET kind = EXCLUDED.kind RETURNING id, failures, last_at
"""
COUNT = "UPDATE organizations_attemptcount SET failures = %s, last_at = %s WHERE id = %s"
GIVE_BACK = """
UPDATE organizations_attemptcount SET failures = failures - 1 WHERE kind = %s AND counted = %s AND failures > 0
"""
FORGET = "DELETE FROM organizations_attemptcount WHERE kind = %s AND counted = %s"
TIDY_UP = """
DELETE FROM organizations_attemptcount WHERE id IN (
    SELECT id FROM organizations_attemptcount WHERE last_at < %s ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True, order=True)
class AttemptLimit:
    """Attempts of a kind that are counted together: for an account, from an address, in a browser. So many are let
    through at once."""

    kind: str
    counted: str
    at_once: int


class TooManyAttemptsError(Refusal):
    """It has to wait for so many `seconds`; nothing was looked at, and this was not counted."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        message = f"There were too many wrong attempts. Try again in {in_words(seconds)}."
        super().__init__([Problem("", "too_many_attempts", message, "ORG-6")], Kind.FORBIDDEN)


def count_attempt(limits: Iterable[AttemptLimit]) -> int:
    """Count an attempt as one in vain, in all of them or none, before anybody looks whether it is right: `succeeded`
    takes it back. The most that were counted of any.

    Refused: while one of them says to wait. What it counts stays, so it is no part of a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(TIDY_UP, [now() - FORGOTTEN_AFTER])
    with transaction.atomic(), connection.cursor() as cursor:
        held = []
        for limit in sorted(limits):
            cursor.execute(HOLD, [limit.kind, limit.counted[:300], now()])
            held.append((limit, *cursor.fetchone()))
        moment, most = now(), 0
        for limit, _, failures, last_at in held:
            if (wait := _wait(limit, failures, last_at, moment)) > timedelta():
                raise TooManyAttemptsError(-(-wait // timedelta(seconds=1)))
        for _, row, failures, last_at in held:
            counted = _remembered(failures, last_at, moment) + 1
            cursor.execute(COUNT, [counted, moment, row])
            most = max(most, counted)
    return most


def succeeded(limits: Iterable[AttemptLimit], forgotten: Iterable[str]) -> None:
    """It was right: of the `forgotten` kinds nothing stays counted, of others the attempt itself is taken back."""
    with connection.cursor() as cursor:
        for limit in sorted(limits):
            cursor.execute(FORGET if limit.kind in forgotten else GIVE_BACK, [limit.kind, limit.counted[:300]])


def in_words(seconds: int) -> str:
    """A time to wait, such as "30 seconds" or "4 minutes"."""
    number, unit = (seconds, "second") if seconds < 90 else (-(-seconds // 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _remembered(failures: int, last_at: datetime, moment: datetime) -> int:
    return 0 if moment - last_at > FORGOTTEN_AFTER else failures


def _wait(limit: AttemptLimit, failures: int, last_at: datetime, moment: datetime) -> timedelta:
    above = _remembered(failures, last_at, moment) - limit.at_once
    if above < 0:
        return timedelta()
    waits: timedelta = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(above, MOST_DOUBLINGS))
    return last_at + waits - moment
