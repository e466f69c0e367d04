"""The one clock. Everything else is told the day."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is now in UTC; what an action takes when no date is given."""
    return now().date()
