"""The one clock. Everything else is told the moment; which day it is, depends on where (accounts/today.py)."""

from datetime import UTC, datetime


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)
