"""One way to read rows."""

from typing import Any

from django.db import connection

Row = tuple[Any, ...]


def rows(sql: str, **values: object) -> list[Row]:
    """The rows that a statement with named values (`%(on)s`) gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
