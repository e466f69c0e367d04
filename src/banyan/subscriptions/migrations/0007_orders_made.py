"""Every subscription that there is gets its order; what was decided about an order stays decided (SUB-1)."""

from django.db import migrations

ORDERS_OF_SUBSCRIPTIONS = """
INSERT INTO subscriptions_order (number, account_id, status, start_date, end_date, anchor, who_pays_mode, payer_id,
                                 group_id, contract_id, subscription_id, created_at)
SELECT 'O-' || lpad(subscription.id::text, 6, '0'), subscription.account_id, 'active', subscription.start_date,
       subscription.end_date, subscription.anchor, first.mode,
       CASE WHEN first.mode = 'ancestor' THEN grp.payer_id END,
       first.group_id, subscription.contract_id, subscription.id, subscription.created_at
FROM subscriptions_subscription subscription
LEFT JOIN LATERAL (SELECT who.mode, who.group_id FROM subscriptions_whopays who
                   WHERE who.subscription_id = subscription.id ORDER BY who.during LIMIT 1) AS first ON true
LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = first.group_id;
INSERT INTO subscriptions_orderitem (order_id, price_id, quantity)
SELECT ordered.id, item.price_id, item.quantity
FROM subscriptions_order ordered JOIN subscriptions_subscriptionitem item USING (subscription_id)
ORDER BY item.id
"""

DECIDED_STAYS = """
CREATE FUNCTION banyan_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is % and stays so', OLD.number, OLD.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_decided_once';
END $$;
CREATE TRIGGER guard_decided BEFORE UPDATE OF status, subscription_id ON subscriptions_order FOR EACH ROW
    WHEN (OLD.status <> 'draft') EXECUTE FUNCTION banyan_guard_order();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0006_orders")]
    operations = [
        migrations.RunSQL(ORDERS_OF_SUBSCRIPTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(DECIDED_STAYS, migrations.RunSQL.noop),
    ]
