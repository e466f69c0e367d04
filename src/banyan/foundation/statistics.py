"""What PostgreSQL has counted of its tables: it plans by that, and counts by itself only a minute or more later."""

from django.db import connection
from psycopg import sql

FEWEST_ROWS = 1_000
"""New rows of a table that are worth counting."""

GROWN = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_stat_get_mod_since_analyze(oid) >= %s
    AND pg_stat_get_mod_since_analyze(oid) >= pg_stat_get_live_tuples(oid) / 2
"""


def count_grown_tables() -> None:
    """Have the tenant's tables counted of which half the rows or more have come or changed since they last were.

    Does nothing within a transaction: it would hold the tables against others who count until it ends.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")  # else what just changed is told within a second
        cursor.execute(GROWN, [FEWEST_ROWS])
        grown = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        if grown:
            cursor.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(sql.SQL(", ").join(grown)))
