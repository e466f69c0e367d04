"""Marking subscription items as changed, so that no bill run overlooks it (SUB-5)."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db import connection

from banyan.catalog.models import Price
from banyan.subscriptions.models import Subscription

# What an item with a pooled price costs depends on the others of its pool: those of its account's tree, on any day.
SIBLINGS = """
WITH RECURSIVE asked AS (
    SELECT * FROM unnest(%s::bigint[], %s::date[]) AS one(item_id, since)
), above(account_id, meter_id, since) AS (
    SELECT subscription.account_id, price.meter_id, min(asked.since)
    FROM asked
    JOIN subscriptions_subscriptionitem item ON item.id = asked.item_id
    JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
    JOIN catalog_price price ON price.pooled AND (
        price.id = item.price_id
        OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
    GROUP BY subscription.account_id, price.meter_id
    UNION
    SELECT edge.parent_id, above.meter_id, above.since
    FROM above JOIN relations_accountparent edge ON edge.account_id = above.account_id
), related(account_id, meter_id, since) AS (
    SELECT account_id, meter_id, min(since) FROM above GROUP BY account_id, meter_id
    UNION
    SELECT edge.account_id, related.meter_id, related.since
    FROM related JOIN relations_accountparent edge ON edge.parent_id = related.account_id
), sibling AS (
    SELECT item.id AS item_id, min(related.since) AS since
    FROM related
    JOIN subscriptions_subscription subscription ON subscription.account_id = related.account_id
    JOIN subscriptions_subscriptionitem item
        ON item.subscription_id = subscription.id AND item.billed_until > related.since
    JOIN catalog_price price ON price.pooled AND price.meter_id = related.meter_id AND (
        price.id = item.price_id
        OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
    GROUP BY item.id
), """

# The items with pooled prices in the trees that accounts are or ever were in, if they are billed beyond the day.
POOLED_IN_TREES = """
WITH RECURSIVE above(account_id, since) AS (
    SELECT * FROM unnest(%s::bigint[], %s::date[])
    UNION
    SELECT edge.parent_id, above.since
    FROM above JOIN relations_accountparent edge ON edge.account_id = above.account_id
), related(account_id, since) AS (
    SELECT account_id, min(since) FROM above GROUP BY account_id
    UNION
    SELECT edge.account_id, related.since
    FROM related JOIN relations_accountparent edge ON edge.parent_id = related.account_id
), pooled AS (
    SELECT item.id AS item_id, min(related.since) AS since
    FROM related
    JOIN subscriptions_subscription subscription ON subscription.account_id = related.account_id
    JOIN subscriptions_subscriptionitem item
        ON item.subscription_id = subscription.id AND item.billed_until > related.since
    JOIN catalog_price price ON price.pooled AND (
        price.id = item.price_id
        OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
    GROUP BY item.id
), """

MARK = """changed AS (
    SELECT item.id, wanted.since
    FROM subscriptions_subscriptionitem item
    JOIN (SELECT item_id, min(since) AS since FROM ({wanted}) AS each GROUP BY item_id) AS wanted
        ON wanted.item_id = item.id
    ORDER BY item.id FOR UPDATE OF item
)
UPDATE subscriptions_subscriptionitem item
SET changed_from = least(item.changed_from, changed.since), revision = item.revision + 1
FROM changed WHERE item.id = changed.id
"""

HAS_POOLED = """
SELECT EXISTS (
    SELECT 1 FROM subscriptions_subscriptionitem item JOIN catalog_price price ON price.id = item.price_id
    WHERE item.id = ANY(%s) AND price.pooled
    UNION ALL
    SELECT 1 FROM subscriptions_itemterms terms JOIN catalog_price price ON price.id = terms.price_id
    WHERE terms.item_id = ANY(%s) AND price.pooled
)
"""

ASKED = """
WITH asked AS (
    SELECT * FROM unnest(%s::bigint[], %s::date[]) AS one(item_id, since)
), """

MARK_ALONE = ASKED + MARK.format(wanted="SELECT * FROM asked")
MARK_WITH_SIBLINGS = SIBLINGS + MARK.format(wanted="SELECT * FROM asked UNION ALL SELECT * FROM sibling")
MARK_TREES = POOLED_IN_TREES + MARK.format(wanted="SELECT * FROM pooled")
MARK_SIBLINGS = SIBLINGS + MARK.format(wanted="SELECT * FROM sibling")


def mark_changed(since_by_item: Mapping[int, date]) -> None:
    """From the given days on, what these items, and others of their pools, cost may differ from what was billed.

    An earlier mark stays. The revision goes up, so that a bill run which read an item before does not unmark it.
    """
    _mark(MARK_WITH_SIBLINGS if _any_is_pooled(since_by_item) else MARK_ALONE, since_by_item)


def mark_all_changed(subscription: Subscription, since: date) -> None:
    """Every item of a subscription, from the day on."""
    mark_changed(dict.fromkeys(subscription.items.values_list("id", flat=True), since))


def mark_siblings_changed(since_by_item: Mapping[int, date]) -> None:
    """From the given days on, these items, not billed yet, change what others of their pools cost (POO-2)."""
    if _any_is_pooled(since_by_item):
        _mark(MARK_SIBLINGS, since_by_item)


def mark_trees_changed(since_by_account: Mapping[int, date]) -> None:
    """From the given days on, these accounts are in another tree: what pools of either came to may differ (POO-1)."""
    if since_by_account and Price.objects.filter(pooled=True).exists():
        _mark(MARK_TREES, since_by_account)


def _any_is_pooled(item_ids: Collection[int]) -> bool:
    """Whether one of the items has, or is to have, a pooled price; looking for siblings takes fifty times as long."""
    ids = list(item_ids)
    with connection.cursor() as cursor:
        cursor.execute(HAS_POOLED, [ids, ids])
        (found,) = cursor.fetchone()
    return bool(found)


def _mark(statement: str, since: Mapping[int, date]) -> None:
    if not since:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(since), list(since.values())])
