"""Numbers that things are given one after another: from sequences, so that nobody waits for anybody; gaps don't matter.

What is only looked at uses none up: it shows the numbers that are given next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_seen: ContextVar[dict[str, int] | None] = ContextVar("seen", default=None)
"""While something is only looked at: how far each sequence was seen."""


def sequence_of(table: str) -> str:
    """What the sequence of its numbers is called; a migration of the table makes it."""
    return f"{table}_numbers"


def draw_numbers(table: str, count: int) -> list[int]:
    """So many numbers that nobody else gets."""
    seen, sequence = _seen.get(), sequence_of(table)
    if seen is not None:
        first = seen.get(sequence) or _next(sequence)
        seen[sequence] = first + count
        return list(range(first, first + count))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def only_looking() -> Iterator[None]:
    """Numbers that are drawn in this block are those that are given next, and are not used up."""
    token = _seen.set(dict(_seen.get() or {}))
    try:
        yield
    finally:
        _seen.reset(token)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done in this block is undone at its end, and has used no numbers up.

    It is for what is through in a moment: whoever is given one of these numbers meanwhile waits for it.
    """
    with only_looking(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def _next(sequence: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value + is_called::int FROM {sequence}")
        return int(cursor.fetchone()[0])
