"""The ancestors of many customers, or accounts, at once, each on a day of its own."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db import connection

LINKS_ABOVE = """
WITH RECURSIVE above AS (
    SELECT asked.on_day, edge.customer_id, edge.parent_id
    FROM unnest(%s::bigint[], %s::date[]) AS asked(customer_id, on_day)
    JOIN relations_customerparent edge ON edge.customer_id = asked.customer_id AND edge.during @> asked.on_day
    UNION
    SELECT above.on_day, edge.customer_id, edge.parent_id
    FROM above JOIN relations_customerparent edge
        ON edge.customer_id = above.parent_id AND edge.during @> above.on_day
)
SELECT customer_id, on_day, parent_id FROM above
"""

ACCOUNT_LINEAGES = """
WITH RECURSIVE lineage AS (
    SELECT asked.account_id AS asked, asked.on_day, asked.account_id AS account_id
    FROM unnest(%s::bigint[], %s::date[]) AS asked(account_id, on_day)
    UNION
    SELECT lineage.asked, lineage.on_day, edge.parent_id
    FROM lineage JOIN relations_accountparent edge
        ON edge.account_id = lineage.account_id AND edge.during @> lineage.on_day
)
SELECT asked, on_day, array_agg(account_id) FROM lineage GROUP BY asked, on_day
"""

LOCK = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('banyan.relations.customer_parent.' || current_schema(), 0))
"""


def lineages(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], tuple[int, ...]]:
    """The ancestors of each customer on its day, nearest first; the last one is the root."""
    pairs = list(dict.fromkeys(asked))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LINKS_ABOVE, [[customer for customer, _ in pairs], [day for _, day in pairs]])
        parents = {(customer, day): parent for customer, day, parent in cursor.fetchall()}
    return {pair: tuple(_upwards(parents, *pair)) for pair in pairs}


def _upwards(parents: Mapping[tuple[int, date], int], customer: int, day: date) -> Iterator[int]:
    parent = parents.get((customer, day))
    while parent is not None:
        yield parent
        parent = parents.get((parent, day))


def account_lineages(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], frozenset[int]]:
    """Each account with all that are above it in the account hierarchy on its day."""
    pairs = list(dict.fromkeys(asked))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNT_LINEAGES, [[account for account, _ in pairs], [day for _, day in pairs]])
        return {(account, day): frozenset(lineage) for account, day, lineage in cursor.fetchall()}


def lock_customer_hierarchy() -> None:
    """Let no other transaction change the customer hierarchy until this one ends; readers don't wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
