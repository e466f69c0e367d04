"""How far items are billed, against the runs that billed them and the lines that are there; usage; the access tree."""

from banyan.subscriptions.usage_once import DAYS_OF_USAGE
from banyan.verification.check import Check
from banyan.verification.checks.prices import LENGTH, MOST_DAYS

DAYS_OF_ALL_USAGE = DAYS_OF_USAGE.format(which="true")

# Where a month has not the day that periods step from, they end up to three days later than a month after their start.
SHORT_MONTHS = 3

# Prices that were agreed for an item, with the last day for which a run of a cycle that may have billed it was.
AGREED = """
WITH run_until AS (
    SELECT bill_cycle_id, max(billing_date) AS day FROM billruns_billrun
    WHERE mode = 'bill' AND status NOT IN ('queued', 'discarded') GROUP BY bill_cycle_id
), agreed AS (
    SELECT id AS item_id, price_id, quantity FROM subscriptions_subscriptionitem
    UNION ALL
    SELECT terms.item_id, coalesce(terms.price_id, item.price_id), coalesce(terms.quantity, item.quantity)
    FROM subscriptions_itemterms terms JOIN subscriptions_subscriptionitem item ON item.id = terms.item_id
)"""

ITEMS = (
    Check(
        "SUB-4",
        "no item is billed beyond the period that the last run has reached",
        "SELECT count(*) FROM subscriptions_subscriptionitem WHERE billed_until IS NOT NULL",
        # A subscription that others pay for is billed by the runs of their cycles.
        f"""{AGREED}, bounded AS (
            SELECT item.id, item.billed_until, max(CASE
                WHEN price.type <> 'recurring' OR price.timing = 'in_arrears' THEN until.day + 1
                ELSE (until.day + {LENGTH})::date + {SHORT_MONTHS} END) AS latest, max(until.day) AS run_until
            FROM subscriptions_subscriptionitem item
            JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
            JOIN agreed ON agreed.item_id = item.id
            JOIN catalog_price price ON price.id = agreed.price_id
            JOIN accounts_account account ON account.id = subscription.account_id
            CROSS JOIN LATERAL (
                SELECT max(day) AS day FROM run_until
                WHERE bill_cycle_id = account.bill_cycle_id
                   OR bill_cycle_id IN (SELECT earlier.bill_cycle_id FROM subscriptions_earlierbillcycle earlier
                                        WHERE earlier.account_id = account.id)) AS reach
            CROSS JOIN LATERAL (
                SELECT CASE WHEN EXISTS (SELECT FROM subscriptions_whopays who
                                         WHERE who.subscription_id = subscription.id)
                            THEN (SELECT max(day) FROM run_until) ELSE reach.day END AS day) AS until
            WHERE item.billed_until IS NOT NULL GROUP BY item.id
        )
        SELECT format('item %s says it is billed until %s, the last run was for %s', id, billed_until,
                      coalesce(run_until::text, 'no day at all'))
        FROM bounded WHERE latest IS NULL OR billed_until > latest""",
    ),
    Check(
        "SUB-5",
        "an item that costs something every day has lines for every day until which it is billed",
        "SELECT count(*) FROM subscriptions_subscriptionitem WHERE billed_until IS NOT NULL",
        # Those that simply go on: nothing changed that is still to be billed, no end, no pause, no other cycle before.
        f"""{AGREED}, steady AS (
            SELECT item.id, item.billed_until, coalesce(item.start_date, subscription.start_date) AS start_date
            FROM subscriptions_subscriptionitem item
            JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
            JOIN accounts_account account ON account.id = subscription.account_id
            JOIN agreed ON agreed.item_id = item.id
            JOIN catalog_price price ON price.id = agreed.price_id
            WHERE item.billed_until IS NOT NULL AND item.changed_from IS NULL AND subscription.ends_before IS NULL
              AND item.ends_before IS NULL AND account.status <> 'inactive'
              AND item.billed_until > coalesce(item.start_date, subscription.start_date)
              AND NOT EXISTS (SELECT FROM subscriptions_subscriptionpause pause
                              WHERE pause.subscription_id = subscription.id)
              AND NOT EXISTS (SELECT FROM subscriptions_billingpause pause WHERE pause.account_id = account.id)
              AND NOT EXISTS (SELECT FROM subscriptions_earlierbillcycle earlier WHERE earlier.account_id = account.id)
            GROUP BY item.id, subscription.start_date
            HAVING bool_and(price.type = 'recurring' AND {MOST_DAYS} <= CASE price.model
                WHEN 'flat' THEN price.flat_amount WHEN 'per_unit' THEN price.unit_amount * agreed.quantity ELSE 0 END)
        )
        SELECT format('item %s is billed from %s until %s, its lines cover %s of %s days', steady.id, steady.start_date,
                      steady.billed_until, coalesce(covered.days, 0), steady.billed_until - steady.start_date)
        FROM steady CROSS JOIN LATERAL (
            SELECT sum(least(line.period_end, steady.billed_until)
                       - greatest(line.period_start, steady.start_date)) AS days
            FROM invoices_invoiceline line
            WHERE line.item_id = steady.id AND line.live AND line.kind <> 'correction'
              AND line.period_start < steady.billed_until AND line.period_end > steady.start_date
        ) AS covered
        WHERE coalesce(covered.days, 0) < steady.billed_until - steady.start_date""",
    ),
)

USAGE = (
    Check(
        "USE-1",
        "every event that counted is kept, and no other, or was cancelled",
        "SELECT count(*) FROM usage_countedid WHERE at IS NOT NULL",
        # All are compared only where their numbers differ: it takes a checksum of each.
        """
        SELECT format('%s events are kept and %s were cancelled, %s counted; %s', kept, cancelled, counted,
                      coalesce('the event ' || alone.event_id, 'the id with the checksum ' || alone.key))
        FROM (SELECT (SELECT count(*) FROM usage_usageevent) AS kept,
                     (SELECT count(*) FROM usage_usagecorrection WHERE kind = 'cancelled') AS cancelled,
                     (SELECT count(*) FROM usage_countedid WHERE at IS NOT NULL) AS counted) AS number
        CROSS JOIN LATERAL (
            WITH may_be AS (
                SELECT event_id, account_id, banyan_usage_key(scope, event_id) AS key
                FROM (SELECT event_id, account_id FROM usage_usageevent
                      UNION ALL
                      SELECT event_id, account_id FROM usage_usagecorrection WHERE kind = 'cancelled') AS event
                JOIN (SELECT account.id AS account_id,
                             CASE WHEN place.parent_id IS NULL THEN 0 ELSE place.id END AS scope
                      FROM accounts_account account
                      JOIN organizations_organization place ON place.id = account.organization_id
                      UNION SELECT account_id, scope FROM usage_earlierscope) AS scopes USING (account_id)
                WHERE number.kept + number.cancelled <> number.counted
            )
            SELECT event_id, NULL::uuid AS key FROM may_be LEFT JOIN usage_countedid counted_id USING (key)
            GROUP BY may_be.event_id, may_be.account_id HAVING count(counted_id.at) = 0
            UNION ALL
            SELECT NULL, counted_id.key FROM usage_countedid counted_id LEFT JOIN may_be USING (key)
            WHERE counted_id.at IS NOT NULL AND may_be.key IS NULL AND number.kept + number.cancelled <> number.counted
        ) AS alone""",
    ),
    Check(
        "USE-5",
        "the same usage is not charged by two items",
        f"SELECT count(*) FROM ({DAYS_OF_ALL_USAGE}) AS days",
        f"""
        WITH days AS MATERIALIZED ({DAYS_OF_ALL_USAGE})
        SELECT format('items %s and %s of account %s both charge meter %s for product %s from %s on',
                      one.id, other.id, one.account_id, one.meter_id, one.product_id, greatest(one.since, other.since))
        FROM days one JOIN days other ON other.account_id = one.account_id AND other.meter_id = one.meter_id
            AND other.product_id = one.product_id AND other.id > one.id
            AND greatest(one.since, other.since) < coalesce(least(one.until, other.until), 'infinity')
            AND other.named_only = one.named_only
            AND (NOT one.named_only OR other.subscription_id = one.subscription_id)""",
    ),
)

ORGANIZATIONS = (
    Check(
        "ORG-1",
        "the organizations are one tree",
        "SELECT count(*) FROM organizations_organization",
        """
        WITH RECURSIVE tree(id) AS (
            SELECT id FROM organizations_organization WHERE parent_id IS NULL
            UNION
            SELECT below.id FROM tree JOIN organizations_organization below ON below.parent_id = tree.id
        )
        SELECT format('organization %s is not below the root', organization.code)
        FROM organizations_organization organization WHERE organization.id NOT IN (SELECT id FROM tree)
        UNION ALL
        SELECT format('there are %s roots', count(*)) FROM organizations_organization WHERE parent_id IS NULL
        HAVING count(*) <> 1""",
    ),
)
