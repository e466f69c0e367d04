"""Subscriptions and groups, who pays and who is in which group have a history (ACC-16, WHO-1, GRP-1).

Who pays is told on the subscription: {"who_pays": [old, new], "effective_date": [null, first day]}, where old and new are
{"mode", "customer", "group"}, with "until" where there is an end, or null. A change that ends one row and begins the next
stands once, by the new row; one that only ends a row, by that. Those who leave a group or join it from a day on are told on
the group as well: {"members": [those who leave, those who join], "effective_date": …}.

By statement, not by row: a move changes who pays for thousands. What a trigger looks up is as the whole statement has left
it, and `payer_dates.py` changes everything in one.
"""

from django.db import migrations

from banyan.foundation.history import record_creations_in_sets, record_history

OPENED = """
SELECT opened.subscription_id, lower(opened.during) AS day,
    before.mode AS old_mode, before.group_id AS old_group, NULL::date AS old_until,
    opened.mode AS new_mode, opened.group_id AS new_group, upper(opened.during) AS new_until
FROM opened LEFT JOIN subscriptions_whopays before
    ON before.subscription_id = opened.subscription_id AND upper(before.during) = lower(opened.during)
    AND (before.mode, before.group_id) IS DISTINCT FROM (opened.mode, opened.group_id)
"""

# Another way or group, or a later end; then an earlier end that nothing follows.
CHANGED = """
SELECT after.subscription_id, lower(after.during) AS day,
    before.mode AS old_mode, before.group_id AS old_group, upper(before.during) AS old_until,
    after.mode AS new_mode, after.group_id AS new_group, upper(after.during) AS new_until
FROM closed before JOIN changed after USING (id)
WHERE (before.mode, before.group_id, lower(before.during)) IS DISTINCT FROM (after.mode, after.group_id, lower(after.during))
    OR coalesce(upper(before.during), 'infinity') < coalesce(upper(after.during), 'infinity')
UNION ALL
SELECT after.subscription_id, upper(after.during), before.mode, before.group_id, upper(before.during), NULL, NULL, NULL
FROM closed before JOIN changed after USING (id)
LEFT JOIN subscriptions_whopays following
    ON following.subscription_id = after.subscription_id AND lower(following.during) = upper(after.during)
WHERE (before.mode, before.group_id, lower(before.during)) IS NOT DISTINCT FROM
        (after.mode, after.group_id, lower(after.during))
    AND coalesce(upper(before.during), 'infinity') > coalesce(upper(after.during), 'infinity')
    AND following.id IS NULL
"""

DROPPED = """
SELECT dropped.subscription_id, lower(dropped.during) AS day,
    dropped.mode AS old_mode, dropped.group_id AS old_group, upper(dropped.during) AS old_until,
    now.mode AS new_mode, now.group_id AS new_group, upper(now.during) AS new_until
FROM dropped LEFT JOIN subscriptions_whopays now
    ON now.subscription_id = dropped.subscription_id AND now.during @> lower(dropped.during)
WHERE (dropped.mode, dropped.group_id) IS DISTINCT FROM (now.mode, now.group_id)
"""


def payer(which: str) -> str:
    """The `old` or `new` payer as it stands in the history. Without a group the subscription's own customer pays."""
    facts = f"'mode', {which}_mode, 'customer', coalesce(of_{which}.payer_id, own), 'group', {which}_group"
    return f"""CASE
        WHEN {which}_mode IS NULL THEN NULL
        WHEN {which}_until IS NULL THEN jsonb_build_object({facts})
        ELSE jsonb_build_object({facts}, 'until', {which}_until) END"""


def record_payers(name: str, event: str, tables: str, some: str, told: str) -> str:
    """A trigger that tells what one statement did; `some` is a transition table, empty if it did nothing.

    What is the same for many subscriptions is put in words once for all of them.
    """
    function = f"banyan_record_payers_{name}"
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM {some}) THEN
        RETURN NULL;
    END IF;
    EXECUTE $record$
        WITH told AS ({told}), alike AS MATERIALIZED (
            SELECT day, old_mode, old_group, old_until, new_mode, new_group, new_until,
                CASE WHEN 'customer_separate' IN (old_mode, new_mode) THEN (
                    SELECT account.customer_id FROM subscriptions_subscription subscription
                    JOIN accounts_account account ON account.id = subscription.account_id
                    WHERE subscription.id = told.subscription_id) END AS own,
                array_agg(subscription_id ORDER BY subscription_id) AS subscriptions
            FROM told GROUP BY day, old_mode, old_group, old_until, new_mode, new_group, new_until, own
        ), of_subscriptions AS (
            INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
            SELECT $1, 'changed', 'subscription', subscription_id, changes
            FROM (
                SELECT subscriptions, jsonb_build_object(
                    'who_pays', jsonb_build_array({payer("old")}, {payer("new")}),
                    'effective_date', jsonb_build_array(NULL, day)) AS changes
                FROM alike
                LEFT JOIN subscriptions_subscriptiongroup of_old ON of_old.id = old_group
                LEFT JOIN subscriptions_subscriptiongroup of_new ON of_new.id = new_group
                ORDER BY day
            ) AS entry CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        )
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT $1, 'changed', 'subscription_group', group_id, jsonb_build_object(
            'members', jsonb_build_array(
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE NOT joins),
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE joins)),
            'effective_date', jsonb_build_array(NULL, day))
        FROM alike
        CROSS JOIN LATERAL (VALUES (old_group, false), (new_group, true)) AS member(group_id, joins)
        CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        WHERE old_group IS DISTINCT FROM new_group AND group_id IS NOT NULL
        GROUP BY group_id, day ORDER BY day, group_id
    $record$ USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system');
    RETURN NULL;
END $$;
CREATE TRIGGER record_{name} AFTER {event} ON subscriptions_whopays REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


# New terms of an item, from their day on, are told on its subscription: {"item": [old, new], "effective_date": …}.
TERMS = """
CREATE FUNCTION banyan_record_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item subscriptions_subscriptionitem;
    in_force jsonb;
    before jsonb;
    after jsonb;
    day date := CASE WHEN TG_OP = 'DELETE' THEN OLD.since ELSE NEW.since END;
BEGIN
    SELECT * INTO item FROM subscriptions_subscriptionitem
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.item_id ELSE NEW.item_id END;
    SELECT jsonb_build_object('id', item.id, 'price', terms.price_id, 'quantity', terms.quantity::text) INTO in_force
    FROM (SELECT price_id, quantity, since FROM subscriptions_itemterms WHERE item_id = item.id AND since < day
          UNION ALL SELECT item.price_id, item.quantity, '-infinity'
          ORDER BY since DESC LIMIT 1) AS terms;
    before := CASE WHEN TG_OP = 'INSERT' THEN in_force
        ELSE jsonb_build_object('id', item.id, 'price', OLD.price_id, 'quantity', OLD.quantity::text) END;
    after := CASE WHEN TG_OP = 'DELETE' THEN in_force
        ELSE jsonb_build_object('id', item.id, 'price', NEW.price_id, 'quantity', NEW.quantity::text) END;
    IF item.id IS NOT NULL AND before <> after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
                item.subscription_id, jsonb_build_object('item', jsonb_build_array(before, after),
                                                         'effective_date', jsonb_build_array(NULL, day)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_terms AFTER INSERT OR UPDATE OR DELETE ON subscriptions_itemterms
    FOR EACH ROW EXECUTE FUNCTION banyan_record_terms();
"""

PAYERS = [
    record_payers("openings", "INSERT", "NEW TABLE AS opened", "opened", OPENED),
    record_payers("changes", "UPDATE", "OLD TABLE AS closed NEW TABLE AS changed", "changed", CHANGED),
    record_payers("droppings", "DELETE", "OLD TABLE AS dropped", "dropped", DROPPED),
]
OF_SUBSCRIPTIONS = ("subscriptions_subscription", "subscription", ("created_at",))
OF_GROUPS = ("subscriptions_subscriptiongroup", "subscription_group")


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial"), ("subscriptions", "0010_days_as_boxes")]
    operations = [
        record_history(*OF_SUBSCRIPTIONS),
        record_creations_in_sets(*OF_SUBSCRIPTIONS),
        record_history(*OF_GROUPS),
        record_creations_in_sets(*OF_GROUPS),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (*PAYERS, TERMS)),
    ]
