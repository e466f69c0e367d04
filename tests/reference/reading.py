"""One way to ask the database what is in it, for tests of whole businesses."""

from typing import Any

from django.db import connection


def rows(sql: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
