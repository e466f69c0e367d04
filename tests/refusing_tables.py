"""PostgreSQL's errors for what it meets rarely, such as a full disk, without making it meet that."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection


def disk_full_at(table: str) -> AbstractContextManager[None]:
    """Inside, whoever writes new rows of the table is told that the disk is full (53100)."""
    return table_refuses(table, "disk_full", "could not extend file: No space left on device")


@contextmanager
def table_refuses(table: str, condition: str, message: str) -> Iterator[None]:
    """Inside, whoever writes new rows of the table is told this, under that name of PostgreSQL's error codes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{message}' USING ERRCODE = '{condition}'; END $$"
        )
        cursor.execute(f"CREATE TRIGGER refused AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refused()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refused() CASCADE")
