"""Let customers and accounts be found by the middle of words where the database has the extension pg_trgm (API-4)."""

from django.db import connection

from banyan.accounts.models import Account, Customer
from banyan.accounts.searching.middles import INDEXES, are_indexed, has_extension

SEARCHED = """
CREATE OR REPLACE FUNCTION banyan_searched(words tsvector) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT array_to_string(tsvector_to_array(words), ' ') $$
"""
WHERE_IT_IS = """
SELECT quote_ident(space.nspname) FROM pg_extension JOIN pg_namespace space ON space.oid = extnamespace
WHERE extname = 'pg_trgm'
"""
INDEX = """
CREATE INDEX {concurrently} {index} ON {table} USING gin (banyan_searched(search) {schema}.gin_trgm_ops)
"""


def index_middles_of_words() -> bool:
    """Make the indexes of the current tenant that are not there yet; whether any was made.

    Nothing happens without the extension, which only whoever runs the database decides to have: these indexes are the
    one thing of a tenant that refers outside its schema. Outside of a transaction nobody waits meanwhile.
    """
    missing = [model for model in (Customer, Account) if has_extension() and not are_indexed(model)]
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    with connection.cursor() as cursor:
        for model in missing:
            cursor.execute(WHERE_IT_IS)
            (schema,) = cursor.fetchone()
            cursor.execute(SEARCHED)
            cursor.execute(f"DROP INDEX IF EXISTS {INDEXES[model]}")  # what was begun and not finished
            parts = {"index": INDEXES[model], "table": model._meta.db_table, "schema": schema}
            cursor.execute(INDEX.format(concurrently=concurrently, **parts))
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return bool(missing)
