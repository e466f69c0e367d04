"""Transactions that wait for each other: PostgreSQL ends one of them, which is simply done again (ERR-1)."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

MOST_TIMES = 3
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


def again_after_deadlock(do: Callable[[], Result]) -> Result:
    """What `do` gives, which is one transaction: done again, up to three times in all, when PostgreSQL ended it for the
    sake of another one, so that nothing of it was done. Within a larger transaction, which is lost as well, it fails.
    """
    for _ in range(MOST_TIMES - 1):
        try:
            return do()
        except OperationalError as failure:
            if connection.in_atomic_block or not isinstance(failure.__cause__, DeadlockDetected):
                raise
            logger.warning("Ended by PostgreSQL so that another transaction could go on; done again: %s", failure)
    return do()
