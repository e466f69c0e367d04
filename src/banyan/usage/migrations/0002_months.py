"""Events are kept by month, and the ids that counted in one narrow table for all months (docs/decisions/0014)."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import connection, migrations, models

from banyan.usage.months import make_months

TABLES = """
ALTER TABLE usage_usageevent RENAME TO usage_usageevent_before;
CREATE TABLE usage_usageevent (
    account_id bigint NOT NULL,
    meter_id bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    event_id varchar(200) NOT NULL,
    quantity numeric(30, 12) NOT NULL,
    properties jsonb,
    CONSTRAINT usage_is_not_negative CHECK (quantity >= 0)
) PARTITION BY RANGE (at);
CREATE INDEX usage_of_meter_and_account ON usage_usageevent (meter_id, account_id, at) INCLUDE (quantity);
CREATE INDEX usage_by_its_arrival ON usage_usageevent USING brin (received_at) WITH (autosummarize = on);
CREATE TABLE usage_countedid (key uuid PRIMARY KEY);
"""

ROWS = """
INSERT INTO usage_usageevent (account_id, meter_id, at, received_at, event_id, quantity, properties)
SELECT account_id, meter_id, at, received_at, event_id, quantity, properties FROM usage_usageevent_before ORDER BY id;
INSERT INTO usage_countedid (key)
SELECT encode(substr(sha256(convert_to(event_id, 'UTF8')), 1, 16), 'hex')::uuid FROM usage_usageevent_before;
DROP TABLE usage_usageevent_before;
"""

# A delete waits for the batches that are being taken in, and the next ones wait for it: so neither misses the other.
GUARDS = """
CREATE FUNCTION banyan_guard_used_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE ONLY usage_usageevent IN SHARE MODE;
    IF EXISTS (
        SELECT FROM catalog_meter meter
        WHERE EXISTS (SELECT FROM usage_usageevent event
                      WHERE event.meter_id = meter.id AND event.account_id = OLD.id)) THEN
        RAISE EXCEPTION 'account % has usage', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_account';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_used_account BEFORE DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_used_account();
CREATE FUNCTION banyan_guard_used_meter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE ONLY usage_usageevent IN SHARE MODE;
    IF EXISTS (SELECT FROM usage_usageevent WHERE meter_id = OLD.id) THEN
        RAISE EXCEPTION 'meter % has usage', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_meter';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_used_meter BEFORE DELETE ON catalog_meter
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_used_meter();
"""

NEW_EVENTS = """
CREATE FUNCTION banyan_guard_new_usage() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NULL;
END $$;
CREATE TRIGGER guard_new_usage AFTER INSERT ON usage_usageevent
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_new_usage();
"""


def make_months_of_rows(apps, schema_editor):
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM usage_usageevent_before")
        make_months(month for (month,) in cursor.fetchall())


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial"), ("accounts", "0002_guards"), ("catalog", "0002_guards")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(TABLES),
                migrations.RunPython(make_months_of_rows),
                migrations.RunSQL(ROWS),
                migrations.RunSQL(GUARDS),
                migrations.RunSQL(NEW_EVENTS),
            ],
            state_operations=[
                migrations.RemoveIndex('usageevent', 'usage_of_an_account'),
                migrations.RemoveIndex('usageevent', 'usage_by_arrival'),
                migrations.RemoveField('usageevent', 'id'),
                migrations.AlterField('usageevent', 'event_id', models.CharField(max_length=200, primary_key=True, serialize=False)),
                migrations.AlterField('usageevent', 'account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                migrations.AlterField('usageevent', 'meter', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.meter')),
                migrations.AddIndex('usageevent', models.Index(fields=['meter', 'account', 'at'], include=['quantity'], name='usage_of_meter_and_account')),
                migrations.AddIndex('usageevent', django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['received_at'], name='usage_by_its_arrival')),
                migrations.AddConstraint('usageevent', models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='usage_is_not_negative')),
                migrations.CreateModel(name='CountedId', fields=[('key', models.UUIDField(primary_key=True, serialize=False))]),
            ],
        ),
    ]
