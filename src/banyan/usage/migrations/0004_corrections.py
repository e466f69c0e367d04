"""Events that are cancelled or replaced are kept as corrections, found by their ids; events may name a subscription."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from banyan.foundation.history import record_history

# Those of months that are not kept any more stay without a place.
PLACES = """
UPDATE usage_countedid counted SET account_id = event.account_id, meter_id = event.meter_id, at = event.at
FROM usage_usageevent event
WHERE counted.key = encode(substr(sha256(convert_to(event.event_id, 'UTF8')), 1, 16), 'hex')::uuid
"""

NEW_EVENTS = """
CREATE OR REPLACE FUNCTION banyan_guard_new_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT account_id FROM arrived) event
               WHERE NOT EXISTS (SELECT FROM accounts_account account WHERE account.id = event.account_id)) THEN
        RAISE EXCEPTION 'usage of an account that does not exist'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_account';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT meter_id FROM arrived) event
               WHERE NOT EXISTS (SELECT FROM catalog_meter meter WHERE meter.id = event.meter_id)) THEN
        RAISE EXCEPTION 'usage of a meter that does not exist'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_meter';
    END IF;
    IF EXISTS (SELECT FROM arrived event JOIN catalog_meter meter ON meter.id = event.meter_id
               WHERE event.quantity < 0 AND meter.aggregation <> 'sum') THEN
        RAISE EXCEPTION 'usage below 0 of a meter that does not add up'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_below_zero_is_added_up';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT account_id, subscription_id FROM arrived
                            WHERE subscription_id IS NOT NULL) event
               WHERE NOT EXISTS (SELECT FROM subscriptions_subscription subscription
                                 WHERE subscription.id = event.subscription_id
                                   AND subscription.account_id = event.account_id)) THEN
        RAISE EXCEPTION 'usage of a subscription that is none of the account'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_subscription';
    END IF;
    RETURN NULL;
END $$
"""

KEPT_EVENTS = """
CREATE OR REPLACE FUNCTION banyan_guard_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'usage_countedid' THEN
        IF NEW.key = OLD.key THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'usage_countedid' THEN
        IF EXISTS (SELECT FROM usage_usagecorrection correction
                   WHERE correction.event_id = OLD.event_id AND correction.account_id = OLD.account_id
                     AND correction.meter_id = OLD.meter_id AND correction.at = OLD.at
                     AND correction.quantity = OLD.quantity AND correction.received_at = OLD.received_at
                     AND correction.properties IS NOT DISTINCT FROM OLD.properties
                     AND correction.subscription_id IS NOT DISTINCT FROM OLD.subscription_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'usage that came in is never changed or deleted; cancel or replace it (USE-4)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_stays';
END $$
"""

KEPT_CORRECTIONS = """
CREATE FUNCTION banyan_keep_usage_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'corrections of usage can''t be edited (USE-4)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_corrections_are_kept';
END $$;
CREATE TRIGGER keep_usage_corrections BEFORE UPDATE OR DELETE ON usage_usagecorrection
    FOR EACH ROW EXECUTE FUNCTION banyan_keep_usage_corrections();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0001_initial"),
        ("foundation", "0003_history_is_always_kept"),
        ("subscriptions", "0012_payers_by_end"),
        ("usage", "0003_events_stay"),
    ]
    operations = [
        migrations.AddField("countedid", "account_id", models.BigIntegerField(null=True)),
        migrations.AddField("countedid", "meter_id", models.BigIntegerField(null=True)),
        migrations.AddField("countedid", "at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("usageevent", "usage_is_not_negative"),
        migrations.AddField(
            "usageevent",
            "subscription",
            models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.subscription"),
        ),
        migrations.CreateModel(
            name="UsageCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(db_index=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("quantity", models.DecimalField(decimal_places=12, max_digits=30)),
                ("properties", models.JSONField(null=True)),
                ("received_at", models.DateTimeField()),
                ("kind", models.CharField(choices=[("cancelled", "Cancelled"), ("replaced", "Replaced")], max_length=10)),
                ("reason", models.CharField(max_length=500)),
                ("actor", models.TextField()),
                ("corrected_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("account", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account")),
                ("meter", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.meter")),
                ("subscription", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.subscription")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["meter", "account", "at", "event_id"], name="correction_of_meter"),
                    models.Index(fields=["account"], name="correction_of_account"),
                    django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["corrected_at"], name="correction_by_its_moment"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["cancelled", "replaced"])), name="correction_cancels_or_replaces"),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="correction_has_a_reason"),
                ],
            },
        ),
        migrations.RunSQL(NEW_EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT_EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT_CORRECTIONS, "DROP FUNCTION banyan_keep_usage_corrections() CASCADE"),
        record_history("usage_usagecorrection", "usage_event", skip=("received_at", "actor")),
    ]
