"""How long work may take and how much of it there may be at a time, as whoever runs the server sets it.

Each is an environment variable with a whole number; the usual value holds where it is not set.
"""

import os
from enum import Enum

from banyan.foundation.operators import UnreadableSettingError, number_set
from banyan.kernel.refusals import Problem, Refusal, invalid

MILLISECONDS = 1000


class Limit(Enum):
    """The variable, its usual value, and what it bounds. 0 is no limit where the database keeps it."""

    HEADER_SECONDS = (
        "BANYAN_HEADER_SECONDS",
        10,
        "until the head of a request has come; also how long a silent one stays",
    )
    BODY_SECONDS = "BANYAN_BODY_SECONDS", 30, "that a body may take beside a second for each 16 KiB of it"
    ANSWER_SECONDS = "BANYAN_ANSWER_SECONDS", 30, "to take an answer, beside a second for each 16 KiB of it"
    READ_SECONDS = "BANYAN_READ_SECONDS", 60, "until a request that changes nothing is answered"
    WRITE_SECONDS = "BANYAN_WRITE_SECONDS", 60, "until a request that changes something is answered"
    WAIT_SECONDS = "BANYAN_WAIT_SECONDS", 10, "that a request waits while others are answered"
    LOCK_SECONDS = "BANYAN_LOCK_SECONDS", 5, "that a request waits for what another transaction changes"
    IDLE_SECONDS = "BANYAN_IDLE_SECONDS", 60, "that a transaction of a request may do nothing"
    READY_SECONDS = "BANYAN_READY_SECONDS", 3, "in which the database must answer for /readyz"
    REQUESTS_OF_A_CLIENT = "BANYAN_REQUESTS_OF_A_CLIENT", 64, "requests of one address under way in a web process"
    JOB_STATEMENT_SECONDS = "BANYAN_JOB_STATEMENT_SECONDS", 3600, "for one statement of a job or an import"
    JOB_LOCK_SECONDS = "BANYAN_JOB_LOCK_SECONDS", 60, "that a job waits for what another transaction changes"
    JOB_IDLE_SECONDS = "BANYAN_JOB_IDLE_SECONDS", 600, "that a transaction of a job may do nothing"
    MIGRATION_LOCK_SECONDS = "BANYAN_MIGRATION_LOCK_SECONDS", 30, "that a migration waits for a table in use"

    def __init__(self, variable: str, usual: int, bounds: str) -> None:
        self.variable = variable
        self.usual = usual
        self.bounds = bounds

    @property
    def is_kept_by_database(self) -> bool:
        return "JOB" in self.name or self in (Limit.LOCK_SECONDS, Limit.IDLE_SECONDS, Limit.MIGRATION_LOCK_SECONDS)

    def now(self) -> int:
        """The number that holds; refused when the environment says something else than one."""
        try:
            return number_set(self.variable, self.usual, 0 if self.is_kept_by_database else 1)
        except UnreadableSettingError as unreadable:
            given = os.environ.get(self.variable)
            raise invalid(self.variable, "limit", str(unreadable), None, given) from unreadable


def refuse_wrong_limits() -> None:
    """Name every limit of the environment that is none."""
    found: list[Problem] = []
    for limit in Limit:
        try:
            limit.now()
        except Refusal as refusal:
            found.extend(refusal.problems)
    if found:
        raise Refusal(found)
