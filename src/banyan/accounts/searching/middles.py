"""Words found by their middle, where the database has the extension pg_trgm: by an index of the three letters that
stand together. Without it they are found by their beginnings alone (decision 13).
"""

from collections.abc import Mapping
from functools import cache

from django.db import connection
from django.db.models import Model

from banyan.accounts.models import Account, Customer
from banyan.accounts.searching.words import folded

INDEXES: Mapping[type[Model], str] = {Customer: "customer_by_middles", Account: "account_by_middles"}
SHORTEST = 3
"""Letters that pg_trgm takes for one entry of its index."""

IS_INDEXED = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid)"


@cache
def has_extension() -> bool:
    """Whether the database has pg_trgm. Asked once by each process: whoever adds it starts the programs anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')")
        return bool(cursor.fetchone()[0])


def are_indexed(model: type[Model]) -> bool:
    """Whether the current tenant has the index of the customers or accounts."""
    if not has_extension():
        return False
    with connection.cursor() as cursor:
        cursor.execute(IS_INDEXED, [INDEXES[model]])
        return bool(cursor.fetchone()[0])


def middles_of(model: type[Model], typed: str) -> tuple[str, ...] | None:
    """The words to look for anywhere in rows; None where no index helps to, or none of them is long enough for it."""
    if not typed.strip() or not are_indexed(model):
        return None
    words = folded(typed)
    return words if any(len(word) >= SHORTEST for word in words) else None
