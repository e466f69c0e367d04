"""One way to read rows."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection

Row = tuple[Any, ...]


def array_of_days(days: Iterable[date | None]) -> str:
    """Days as PostgreSQL reads an array (foundation/arrays.py), of which many are the same one."""
    return "{" + ",".join(map(_day, days)) + "}"


@lru_cache(maxsize=4096)
def _day(day: date | None) -> str:
    return "NULL" if day is None else day.isoformat()


def rows(sql: str, **values: Any) -> list[Row]:
    """The rows that a statement with named values (`%(on)s`) gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Row] = cursor.fetchall()
        return found
