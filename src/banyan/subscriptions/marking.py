"""Marking subscription items as changed, so that no bill run overlooks it (SUB-5)."""

from collections.abc import Mapping
from datetime import date

from django.db import connection

MARK = """
WITH changed AS (
    SELECT item.id, asked.since
    FROM subscriptions_subscriptionitem item
    JOIN unnest(%s::bigint[], %s::date[]) AS asked(item_id, since) ON asked.item_id = item.id
    ORDER BY item.id FOR UPDATE OF item
)
UPDATE subscriptions_subscriptionitem item
SET changed_from = least(item.changed_from, changed.since), revision = item.revision + 1
FROM changed WHERE item.id = changed.id
"""


def mark_changed(since_by_item: Mapping[int, date]) -> None:
    """From the given days on, what these items cost may differ from what was billed.

    An earlier mark stays. The revision goes up, so that a bill run which read an item before does not unmark it.
    """
    if not since_by_item:
        return
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(since_by_item), list(since_by_item.values())])
