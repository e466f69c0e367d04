"""Passwords, links and sign-ins are in the history of a user; of earlier entries it is told who made them, where one alone
had the name."""

from django.db import migrations, models

RECORD_PASSWORDS = """
CREATE FUNCTION banyan_record_password() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.password END;
BEGIN
    IF before IS DISTINCT FROM NEW.password THEN
        EXECUTE format('INSERT INTO %I.foundation_historyentry (at, actor, action, subject_kind, subject_id, changes)
            VALUES (clock_timestamp(), $1, $2, ''user'', $3, ''{}'')', TG_TABLE_SCHEMA)
        USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'),
            CASE WHEN NEW.password IS NULL THEN 'password_removed' WHEN before IS NULL THEN 'password_set'
                 ELSE 'password_changed' END, NEW.id;
    END IF;
    RETURN NULL;
END $$
"""
WATCH = """
CREATE TRIGGER record_password AFTER INSERT OR UPDATE OF password ON organizations_user
    FOR EACH ROW EXECUTE FUNCTION banyan_record_password()
"""

KNOWN = """
UPDATE foundation_historyentry entry SET actor_kind = known.kind, actor_id = known.number
FROM (
    SELECT name, min(kind) AS kind, min(number) AS number
    FROM (
        SELECT email AS name, 'user' AS kind, id AS number FROM organizations_user
        UNION SELECT changes -> 'email' ->> 1, 'user', subject_id FROM foundation_historyentry
              WHERE subject_kind = 'user' AND changes -> 'email' ->> 1 IS NOT NULL
        UNION SELECT name, 'api_key', id FROM organizations_apikey
        UNION SELECT 'system', 'system', NULL
        UNION SELECT 'command line', 'command_line', NULL
    ) somebody GROUP BY name HAVING count(*) = 1
) known WHERE entry.actor_kind = 'unknown' AND entry.actor = known.name
"""
OPEN = "ALTER TABLE foundation_historyentry DISABLE TRIGGER keep_history"
CLOSE = "ALTER TABLE foundation_historyentry ENABLE ALWAYS TRIGGER keep_history"


def done(statement: str) -> migrations.RunSQL:
    return migrations.RunSQL(statement, migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("organizations", "0006_attempts"), ("foundation", "0007_actors")]
    operations = [
        migrations.AddField("signinlink", "made_by", models.TextField(default="")),
        done(RECORD_PASSWORDS),
        done(WATCH),
        done(OPEN),
        done(KNOWN),
        done(CLOSE),
    ]
