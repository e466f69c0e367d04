"""The ancestors of many customers, or accounts, at once, each on a day of its own."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

LINEAGES = """
WITH RECURSIVE lineage AS (
    SELECT asked.customer_id AS asked, asked.on_day, asked.customer_id AS customer_id, 0 AS generation
    FROM unnest(%s::bigint[], %s::date[]) AS asked(customer_id, on_day)
    UNION ALL
    SELECT lineage.asked, lineage.on_day, edge.parent_id, lineage.generation + 1
    FROM lineage JOIN relations_customerparent edge
        ON edge.customer_id = lineage.customer_id AND edge.during @> lineage.on_day
)
SELECT asked, on_day, array_agg(customer_id ORDER BY generation) FILTER (WHERE generation > 0)
FROM lineage GROUP BY asked, on_day
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

KEEP_STILL = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('banyan.relations.customer_parent.' || current_schema(), 0))
"""


def lineages(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], tuple[int, ...]]:
    """The ancestors of each customer on its day, nearest first; the last one is the root."""
    pairs = list(dict.fromkeys(asked))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LINEAGES, [[customer for customer, _ in pairs], [day for _, day in pairs]])
        return {(customer, day): tuple(ancestors or ()) for customer, day, ancestors in cursor.fetchall()}


def account_lineages(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], frozenset[int]]:
    """Each account with all that are above it in the account hierarchy on its day."""
    pairs = list(dict.fromkeys(asked))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNT_LINEAGES, [[account for account, _ in pairs], [day for _, day in pairs]])
        return {(account, day): frozenset(lineage) for account, day, lineage in cursor.fetchall()}


def keep_customer_hierarchy_still() -> None:
    """Let no other transaction change the customer hierarchy until this one ends; readers don't wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_STILL)
