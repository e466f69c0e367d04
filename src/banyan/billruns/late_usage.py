"""Usage that came in, or was corrected, behind what was billed (USE-2, USE-4): its items are looked at again.

Events are not marked when they come in, so taking them in stays cheap. Instead each run looks once at what arrived
since the last look. A look remembers the start of the oldest transaction that was still open, since that one may
still bring events: so none can slip past. Looking twice at an event does no harm, because only a difference is
billed.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction

from banyan.billruns.rows import rows
from banyan.subscriptions.marking import mark_changed, mark_siblings_changed
from banyan.usage.days import days_of
from banyan.usage.models import LateUsageMark

FIRST_MARK = "INSERT INTO usage_lateusagemark (looked_until) VALUES ('2000-01-01') ON CONFLICT DO NOTHING"

OLDEST_OPEN_TRANSACTION = """
SELECT least(min(xact_start), statement_timestamp()) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

# What lies later is behind nothing that was billed: usage is billed in arrears, but an item may have changed from a
# price that was billed in advance.
BILLED_UNTIL = """
SELECT greatest((SELECT max(billing_date) FROM billruns_billrun WHERE mode = 'bill'),
                (SELECT max(item.billed_until) FROM subscriptions_itemterms terms
                 JOIN subscriptions_subscriptionitem item ON item.id = terms.item_id))
"""
WIDEST_TIME_ZONE = timedelta(days=1)

# Each item that events, or corrections of them, arrived for that may lie behind what was billed: the first decides.
# Of accounts that always had their bill cycle SQL finds the day, of others it leaves over what may be late in any zone.
# A pooled item may not be billed yet (INV-7, RUN-4) while others of its pool are: there the last run of the cycle
# decides what is late.
MAYBE_LATE = """
WITH last_run AS (
    SELECT bill_cycle_id, max(billing_date) AS billing_date FROM billruns_billrun
    WHERE mode = 'bill' GROUP BY bill_cycle_id
), moved AS (
    SELECT DISTINCT account_id FROM subscriptions_earlierbillcycle
), arrived AS (
    SELECT account_id, meter_id, min(at) AS at FROM (
        SELECT account_id, meter_id, at FROM usage_usageevent WHERE received_at >= %(since)s AND at < %(until)s
        UNION ALL
        SELECT account_id, meter_id, at FROM usage_usagecorrection WHERE corrected_at >= %(since)s AND at < %(until)s
    ) AS event
    GROUP BY account_id, meter_id
), dated AS (
    SELECT arrived.*, last_run.billing_date AS run_until,
           CASE WHEN moved.account_id IS NULL THEN (arrived.at AT TIME ZONE cycle.time_zone)::date
                ELSE (arrived.at AT TIME ZONE 'UTC')::date - 1 END AS earliest
    FROM arrived
    JOIN accounts_account account ON account.id = arrived.account_id
    JOIN accounts_billcycle cycle ON cycle.id = account.bill_cycle_id
    LEFT JOIN last_run ON last_run.bill_cycle_id = cycle.id
    LEFT JOIN moved ON moved.account_id = account.id
)
SELECT item.id, dated.account_id, min(dated.at), item.billed_until, min(dated.run_until) FILTER (WHERE price.pooled)
FROM dated
JOIN subscriptions_subscription subscription ON subscription.account_id = dated.account_id
JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
JOIN catalog_price price ON price.meter_id = dated.meter_id AND (
    price.id = item.price_id
    OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id))
WHERE item.billed_until > dated.earliest OR (price.pooled AND dated.run_until > dated.earliest)
GROUP BY item.id, dated.account_id
"""


@transaction.atomic
def mark_late_usage() -> None:
    """Mark the items that late usage concerns as changed, and remember up to when was looked."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_MARK)  # and not when it is missed: several runs may be planned at once
        mark = LateUsageMark.objects.select_for_update().get()
        cursor.execute(OLDEST_OPEN_TRANSACTION)  # before looking: what begins later arrives later
        (looked_until,) = cursor.fetchone()
        cursor.execute(BILLED_UNTIL)
        (billed_until,) = cursor.fetchone()
    if billed_until is not None:
        _mark_since(mark.looked_until, datetime.combine(billed_until, time(), UTC) + WIDEST_TIME_ZONE)
    mark.looked_until = looked_until
    mark.save()


def _mark_since(arrived: datetime, until: datetime) -> None:
    """Mark what events concern that arrived since then; those from `until` on are left unread."""
    found = rows(MAYBE_LATE, since=arrived, until=until)
    days = days_of({account for _, account, *_ in found})
    billed: dict[int, date] = {}
    not_billed: dict[int, date] = {}
    for item, account, first, billed_until, run_until in found:
        day = days[account].day_of(first)
        if billed_until is not None and billed_until > day:
            billed[item] = day
        elif run_until is not None and run_until > day:
            not_billed[item] = day
    mark_changed(billed)
    mark_siblings_changed(not_billed)
