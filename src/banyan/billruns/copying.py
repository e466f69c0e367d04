"""Rows as PostgreSQL's COPY takes them in text form. Dates, numbers and booleans need no escape; texts go through
`text`.
"""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.db import connection

NULL = r"\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text(value: str) -> str:
    """A text with what COPY would misread escaped."""
    return value.translate(_ESCAPES)


@lru_cache(maxsize=4096)
def quoted(value: str) -> str:
    """A text as a string inside a JSON value."""
    return text(json.dumps(value, ensure_ascii=False))


def optional(value: int | Decimal | date | None) -> str:
    """A number, a day or NULL."""
    return NULL if value is None else str(value)


def copy_in(table: str, columns: str, lines: Iterable[str]) -> None:
    """Append rows (tab-separated cells, no line end) to a table in one COPY; its errors are Django's, as elsewhere."""
    rows = "\n".join(lines)
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)
