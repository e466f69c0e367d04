"""The same usage is not charged twice (USE-5): items may be for named events alone, others may not overlap."""

from django.db import migrations, models

CHECK = """
CREATE FUNCTION banyan_refuse_usage_twice(items bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint[];
BEGIN
    SELECT array_agg(DISTINCT subscription.account_id) INTO accounts
    FROM subscriptions_subscriptionitem item JOIN subscriptions_subscription subscription
        ON subscription.id = item.subscription_id
    WHERE item.id = ANY(items) AND EXISTS (
        SELECT FROM catalog_price price WHERE price.type = 'usage' AND (
            price.id = item.price_id
            OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id)));
    IF accounts IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('usage_once'), slot)
    FROM (SELECT DISTINCT (account % 64)::int AS slot FROM unnest(accounts) AS account ORDER BY 1) AS slots;
    IF EXISTS (
        WITH own AS (
            SELECT item.id, subscription.account_id, item.subscription_id, item.named_only, item.price_id,
                   coalesce(item.start_date, subscription.start_date) AS start,
                   least(subscription.ends_before, item.ends_before) AS until
            FROM subscriptions_subscription subscription
            JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
            WHERE subscription.account_id = ANY(accounts)
        ), agreed AS (
            SELECT id, start AS since, price_id, DATE '-infinity' AS written FROM own
            UNION ALL
            SELECT own.id, greatest(terms.since, own.start), terms.price_id, terms.since
            FROM own JOIN subscriptions_itemterms terms ON terms.item_id = own.id AND terms.price_id IS NOT NULL
        ), dated AS (
            SELECT id, since, price_id, lead(since) OVER (PARTITION BY id ORDER BY since, written) AS replaced
            FROM agreed
        ), days AS (
            SELECT own.*, price.meter_id, price.product_id, dated.since,
                   coalesce(least(dated.replaced, own.until), 'infinity') AS ended
            FROM dated JOIN own USING (id)
            JOIN catalog_price price ON price.id = dated.price_id AND price.type = 'usage'
        )
        SELECT FROM days one JOIN days other ON other.account_id = one.account_id AND other.meter_id = one.meter_id
            AND other.product_id = one.product_id AND other.id <> one.id
            AND greatest(one.since, other.since) < least(one.ended, other.ended)
            AND other.named_only = one.named_only
            AND (NOT one.named_only OR other.subscription_id = one.subscription_id)
        WHERE one.id = ANY(items)
    ) THEN
        RAISE EXCEPTION 'the same usage would be charged twice (USE-5)'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'usage_is_charged_once';
    END IF;
END $$
"""

NEW_ITEMS = """
CREATE FUNCTION banyan_guard_new_usage_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_refuse_usage_twice(array_agg(item.id)) FROM made item
    WHERE EXISTS (SELECT FROM catalog_price price WHERE price.id = item.price_id AND price.type = 'usage');
    RETURN NULL;
END $$;
CREATE TRIGGER guard_new_usage_items AFTER INSERT ON subscriptions_subscriptionitem
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_new_usage_items();
"""

CHANGED_ITEMS = """
CREATE FUNCTION banyan_guard_usage_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'subscriptions_subscription' THEN
        PERFORM banyan_refuse_usage_twice(array_agg(id)) FROM subscriptions_subscriptionitem
        WHERE subscription_id = NEW.id;
    ELSIF TG_TABLE_NAME = 'subscriptions_subscriptionitem' THEN
        PERFORM banyan_refuse_usage_twice(ARRAY[NEW.id]);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM banyan_refuse_usage_twice(ARRAY[OLD.item_id]);
    ELSE
        PERFORM banyan_refuse_usage_twice(ARRAY[NEW.item_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER guard_longer_usage AFTER UPDATE OF start_date, ends_before ON subscriptions_subscription
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.start_date < OLD.start_date
          OR coalesce(NEW.ends_before, 'infinity') > coalesce(OLD.ends_before, 'infinity'))
    EXECUTE FUNCTION banyan_guard_usage_items();
CREATE CONSTRAINT TRIGGER guard_longer_usage AFTER UPDATE OF start_date, ends_before, price_id, named_only
    ON subscriptions_subscriptionitem DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.price_id <> OLD.price_id OR NEW.named_only <> OLD.named_only
          OR NEW.start_date IS DISTINCT FROM OLD.start_date
          OR coalesce(NEW.ends_before, 'infinity') > coalesce(OLD.ends_before, 'infinity'))
    EXECUTE FUNCTION banyan_guard_usage_items();
CREATE CONSTRAINT TRIGGER guard_agreed_usage AFTER INSERT OR UPDATE OR DELETE ON subscriptions_itemterms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage_items();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_guards"), ("subscriptions", "0018_lived_with")]
    operations = [
        migrations.AddField("subscriptionitem", "named_only", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("orderitem", "named_only", models.BooleanField(db_default=False, default=False)),
        migrations.AddIndex(
            "subscriptionitem",
            models.Index(condition=models.Q(("named_only", True)), fields=["subscription"], name="item_of_named_usage"),
        ),
        migrations.RunSQL(CHECK, "DROP FUNCTION banyan_refuse_usage_twice(bigint[])"),
        migrations.RunSQL(NEW_ITEMS, "DROP FUNCTION banyan_guard_new_usage_items() CASCADE"),
        migrations.RunSQL(CHANGED_ITEMS, "DROP FUNCTION banyan_guard_usage_items() CASCADE"),
    ]
