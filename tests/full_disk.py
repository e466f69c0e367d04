"""PostgreSQL's error for a full disk, without filling one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def disk_full_at(table: str) -> Iterator[None]:
    """Inside, whoever writes new rows of the table is told that the disk is full (53100)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER disk_full AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION disk_full()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION disk_full() CASCADE")
