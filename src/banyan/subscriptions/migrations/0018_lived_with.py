"""Items that are added and ended, pauses, and the end that was agreed before a cancellation, which can be taken back
(SUB-9).
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import banyan.relations.models
from banyan.foundation.history import record_creations_in_sets, record_part

# The order holds what was agreed. Where it has the very day of the cancellation it was made from a subscription that had
# been cancelled before there were orders; then no other end is known.
AGREED = """
UPDATE subscriptions_subscription subscription SET agreed_ends_before = ordered.ends_before
FROM subscriptions_order ordered
WHERE ordered.subscription_id = subscription.id AND subscription.cancelled_at IS NOT NULL
    AND ordered.ends_before IS DISTINCT FROM subscription.ends_before
"""

# An item that was added or ended, and from which day on, is told on its subscription like other terms.
ITEMS = """
CREATE FUNCTION banyan_record_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it jsonb;
BEGIN
    SELECT jsonb_build_object('id', NEW.id, 'price', terms.price_id, 'quantity', terms.quantity::text) INTO it
    FROM (SELECT
        coalesce((SELECT price_id FROM subscriptions_itemterms WHERE item_id = NEW.id AND price_id IS NOT NULL
                  AND since < coalesce(NEW.ends_before, 'infinity') ORDER BY since DESC LIMIT 1), NEW.price_id) AS price_id,
        coalesce((SELECT quantity FROM subscriptions_itemterms WHERE item_id = NEW.id AND quantity IS NOT NULL
                  AND since < coalesce(NEW.ends_before, 'infinity') ORDER BY since DESC LIMIT 1), NEW.quantity) AS quantity
    ) AS terms;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
        NEW.subscription_id, jsonb_build_object('item', pair, 'effective_date', jsonb_build_array(NULL, day))
    FROM (
        SELECT jsonb_build_array(NULL, it) AS pair, NEW.start_date AS day WHERE TG_OP = 'INSERT'
        UNION ALL
        SELECT jsonb_build_array(NULL, it), OLD.ends_before WHERE TG_OP = 'UPDATE'
            AND OLD.ends_before < coalesce(NEW.ends_before, 'infinity')
        UNION ALL
        SELECT jsonb_build_array(it, NULL), NEW.ends_before WHERE TG_OP = 'UPDATE'
            AND NEW.ends_before IS NOT NULL AND OLD.ends_before IS DISTINCT FROM NEW.ends_before
    ) AS told;
    RETURN NULL;
END $$;
CREATE TRIGGER record_added AFTER INSERT ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (NEW.start_date IS NOT NULL) EXECUTE FUNCTION banyan_record_items();
CREATE TRIGGER record_ended AFTER UPDATE OF ends_before ON subscriptions_subscriptionitem FOR EACH ROW
    EXECUTE FUNCTION banyan_record_items();
"""

PAUSE = "jsonb_build_object('from', lower(entry.during), 'until', upper(entry.during) - 1)"


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0017_ends_before")]
    operations = [
        migrations.AddField("subscription", "agreed_ends_before", models.DateField(null=True)),
        migrations.RunSQL("ALTER TABLE subscriptions_subscription DISABLE TRIGGER USER", migrations.RunSQL.noop),
        migrations.RunSQL(AGREED, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE subscriptions_subscription ENABLE TRIGGER USER", migrations.RunSQL.noop),
        migrations.RunSQL("DROP TRIGGER record_creations ON subscriptions_subscription", migrations.RunSQL.noop),
        record_creations_in_sets("subscriptions_subscription", "subscription", ("created_at", "agreed_ends_before")),
        migrations.AddField("subscriptionitem", "start_date", models.DateField(null=True)),
        migrations.AddField("subscriptionitem", "ends_before", models.DateField(null=True)),
        migrations.AddConstraint(
            "subscriptionitem",
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(ends_before__isnull=True)
                | Q(ends_before__gte=F("start_date")),
                name="item_ends_after_it_starts",
            ),
        ),
        migrations.RunSQL(ITEMS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SubscriptionPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pauses",
                        to="subscriptions.subscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[(banyan.relations.models.Days("subscription_id"), "&&")],
                        name="subscription_has_one_pause_on_any_day",
                    ),
                    models.CheckConstraint(
                        condition=Q(during__isempty=False), name="subscription_pause_holds_on_some_day"
                    ),
                ]
            },
        ),
        record_part("subscriptions_subscriptionpause", "pause", PAUSE, "subscription", "subscription_id"),
    ]
