"""The months that events are kept in: a partition each, made when its first event comes.

A month is made beside its place and attached there, which takes milliseconds and stops neither readers nor writers;
so none is made ahead, and there is no default partition whose rows would be in the way.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction

TABLE = "usage_usageevent"
MISSING = f"""
SELECT month FROM unnest(%s::date[]) AS month WHERE to_regclass('{TABLE}_' || to_char(month, 'YYYY_MM')) IS NULL
"""


def make_months_of(moments: Iterable[datetime]) -> None:
    """Make the months of these moments (UTC), as far as they are not there."""
    make_months(date(year, month, 1) for year, month in {(at.year, at.month) for at in moments})


def make_months(months: Iterable[date]) -> None:
    """Make those of the months, given by their first days (UTC), that are not there. One connection at a time does."""
    wanted = sorted(months)
    if not _missing(wanted):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE ONLY {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")
        for month in _missing(wanted):  # another connection may have made some while this one waited
            cursor.execute(f"CREATE TABLE {_name(month)} (LIKE {TABLE} INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {_name(month)} FOR VALUES FROM (%s) TO (%s)",
                [f"{month} 00:00Z", f"{_next(month)} 00:00Z"],
            )


def _missing(months: list[date]) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [months])
        return [month for (month,) in cursor.fetchall()]


def _name(month: date) -> str:
    return f"{TABLE}_{month:%Y_%m}"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
