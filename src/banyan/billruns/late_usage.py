"""Usage that came in behind what was billed (USE-2): its items are looked at again.

Events are not marked when they come in, so taking them in stays cheap. Instead each run looks once at what arrived
since the last look. A look remembers the start of the oldest transaction that was still open, since that one may
still bring events: so none can slip past. Looking twice at an event does no harm, because only a difference is
billed.
"""

from django.db import connection, transaction

from banyan.usage.models import LateUsageMark

FIRST_MARK = "INSERT INTO usage_lateusagemark (looked_until) VALUES ('2000-01-01') ON CONFLICT DO NOTHING"

OLDEST_OPEN_TRANSACTION = """
SELECT least(min(xact_start), statement_timestamp()) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

# An item of an account and meter with late events, and of a pooled price every item of the same account tree and meter:
# the others may be billed although the account's own item is not yet (INV-7, RUN-4), so there the last run decides.
MARK = """
WITH RECURSIVE last_run AS (
    SELECT bill_cycle_id, max(billing_date) AS billing_date FROM billruns_billrun
    WHERE mode = 'bill' GROUP BY bill_cycle_id
), arrived AS (
    SELECT event.account_id, event.meter_id, (min(event.at) AT TIME ZONE cycle.time_zone)::date AS day,
           min(last_run.billing_date) AS run_until
    FROM usage_usageevent event
    JOIN accounts_account account ON account.id = event.account_id
    JOIN accounts_billcycle cycle ON cycle.id = account.bill_cycle_id
    LEFT JOIN last_run ON last_run.bill_cycle_id = cycle.id
    WHERE event.received_at >= %(since)s
    GROUP BY event.account_id, event.meter_id, cycle.time_zone
), late AS (
    SELECT DISTINCT arrived.account_id, arrived.meter_id, arrived.day, price.pooled
    FROM arrived
    JOIN subscriptions_subscription subscription ON subscription.account_id = arrived.account_id
    JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
    JOIN catalog_price price ON price.meter_id = arrived.meter_id AND (
        price.id = item.price_id
        OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
    WHERE item.billed_until > arrived.day OR (price.pooled AND arrived.run_until > arrived.day)
), above(id, meter_id, day) AS (
    SELECT account_id, meter_id, day FROM late WHERE pooled
    UNION
    SELECT edge.parent_id, above.meter_id, above.day
    FROM above JOIN relations_accountparent edge ON edge.account_id = above.id
), related(id, meter_id, day) AS (
    SELECT id, meter_id, min(day) FROM above GROUP BY id, meter_id
    UNION
    SELECT edge.account_id, related.meter_id, related.day
    FROM related JOIN relations_accountparent edge ON edge.parent_id = related.id
), affected AS (
    SELECT account_id, meter_id, day FROM late
    UNION
    SELECT id, meter_id, day FROM related
)
UPDATE subscriptions_subscriptionitem item
SET changed_from = least(item.changed_from, change.day), revision = item.revision + 1
FROM (
    SELECT item.id, min(affected.day) AS day
    FROM affected
    JOIN subscriptions_subscription subscription ON subscription.account_id = affected.account_id
    JOIN subscriptions_subscriptionitem item
        ON item.subscription_id = subscription.id AND item.billed_until > affected.day
    JOIN catalog_price price ON price.meter_id = affected.meter_id AND (
        price.id = item.price_id
        OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
    GROUP BY item.id
) AS change
WHERE item.id = change.id
"""


@transaction.atomic
def mark_late_usage() -> int:
    """Mark the items that late usage concerns as changed, and remember up to when was looked. How many were marked."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_MARK)  # and not when it is missed: several runs may be planned at once
        mark = LateUsageMark.objects.select_for_update().get()
        cursor.execute(OLDEST_OPEN_TRANSACTION)  # before looking: what begins later arrives later
        (looked_until,) = cursor.fetchone()
        cursor.execute(MARK, {"since": mark.looked_until})
        marked: int = cursor.rowcount
    mark.looked_until = looked_until
    mark.save()
    return marked
