"""An event id counts once in an organization (USE-1).

The key of an id that counted for an account of another organization than the root one is made anew, from the key that there is and
the organization that the account is in now: no event is read. The table is written once and gets its index at the end, so
that the time is that of reading, sorting and writing it once, whatever the keys are. A tenant whose accounts are all in
the root organization keeps its keys.
"""

from typing import Any

from django.db import migrations, models

KEY = """
CREATE FUNCTION banyan_usage_key(scope bigint, event_id text) RETURNS uuid LANGUAGE sql AS $$
    SELECT encode(substr(CASE scope WHEN 0 THEN sha256(convert_to(event_id, 'UTF8'))
        ELSE sha256(int8send(scope) || substr(sha256(convert_to(event_id, 'UTF8')), 1, 16)) END, 1, 16), 'hex')::uuid
$$
"""

# The second waits, when its transaction commits, for the batches of usage that are being taken in by what was before; not for
# long, because further batches wait behind it.
EARLIER = """
CREATE FUNCTION banyan_keep_earlier_usage_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage_earlierscope (account_id, scope)
    SELECT OLD.id, CASE WHEN parent_id IS NULL THEN 0 ELSE id END FROM organizations_organization
    WHERE id = OLD.organization_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_earlier_usage_scope AFTER UPDATE OF organization_id ON accounts_account FOR EACH ROW
    WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id)
    EXECUTE FUNCTION banyan_keep_earlier_usage_scope();
CREATE FUNCTION banyan_wait_for_usage_being_taken_in() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('banyan.usage.scopes.' || current_schema(), 0));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wait_for_usage_being_taken_in AFTER UPDATE OF organization_id ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id)
    EXECUTE FUNCTION banyan_wait_for_usage_being_taken_in();
"""

# An id without a place, of a month that was dropped before places were kept, could be of any organization.
KEYS_MADE_ANEW = (
    "CREATE TABLE usage_countedid_anew (LIKE usage_countedid)",
    """
    INSERT INTO usage_countedid_anew (key, account_id, meter_id, at)
    SELECT CASE WHEN place.parent_id IS NULL THEN counted.key ELSE
        encode(substr(sha256(int8send(place.id) || uuid_send(counted.key)), 1, 16), 'hex')::uuid END,
        counted.account_id, counted.meter_id, counted.at
    FROM usage_countedid counted
    LEFT JOIN accounts_account account ON account.id = counted.account_id
    LEFT JOIN organizations_organization place
        ON place.id = account.organization_id OR counted.account_id IS NULL
    """,
    "DROP TABLE usage_countedid",
    "ALTER TABLE usage_countedid_anew RENAME TO usage_countedid",
    "ALTER TABLE usage_countedid ADD CONSTRAINT usage_countedid_pkey PRIMARY KEY (key)",
    """CREATE TRIGGER guard_counted_id BEFORE UPDATE OR DELETE ON usage_countedid
        FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage()""",
    """CREATE TRIGGER guard_counted_id_truncate BEFORE TRUNCATE ON usage_countedid
        FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_usage()""",
    "ANALYZE usage_countedid",
)

IN_OTHERS = """
SELECT EXISTS (SELECT FROM accounts_account account JOIN organizations_organization place
               ON place.id = account.organization_id WHERE place.parent_id IS NOT NULL)
"""


def make_keys_anew(apps: Any, editor: Any) -> None:
    """Unless all accounts are in the root organization."""
    with editor.connection.cursor() as cursor:
        cursor.execute(IN_OTHERS)
        if cursor.fetchone()[0]:
            for statement in KEYS_MADE_ANEW:
                cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("usage", "0004_corrections"), ("organizations", "0003_access_guards")]
    operations = [
        migrations.CreateModel(
            name="EarlierScope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField()),
                ("scope", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "scope"), name="earlier_scope_of_account")
                ]
            },
        ),
        migrations.RunSQL(KEY, "DROP FUNCTION banyan_usage_key"),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
        migrations.RunPython(make_keys_anew, migrations.RunPython.noop),
    ]
