"""The version of an owner says how its taxes were rounded (TAX-4), so that an issued line can be explained (INV-11)."""

from django.db import migrations, models

COLUMNS = ("legal_name", "address", "tax_registrations", "language", "tax_rounding")
WANTED = ", ".join(COLUMNS)
OLD, NEW = (", ".join(f"{row}.{column}" for column in COLUMNS) for row in ("OLD", "NEW"))

CHANGED = f"""
CREATE OR REPLACE FUNCTION banyan_version_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_ownerversion (owner_id, {WANTED}) VALUES (NEW.id, {NEW});
    RETURN NULL;
END $$
"""
MADE = f"""
CREATE OR REPLACE FUNCTION banyan_version_new_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_ownerversion (owner_id, {WANTED}) SELECT id, {WANTED} FROM created ORDER BY id;
    RETURN NULL;
END $$
"""
WITHOUT = "DROP TRIGGER keep_version ON accounts_owner"
WITH = f"""
CREATE TRIGGER keep_version AFTER UPDATE ON accounts_owner FOR EACH ROW
    WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION banyan_version_owner()
"""
UNGUARDED = "ALTER TABLE accounts_ownerversion DISABLE TRIGGER keep_versions"
AS_NOW = """
UPDATE accounts_ownerversion version SET tax_rounding = owner.tax_rounding
FROM accounts_owner owner WHERE owner.id = version.owner_id
"""
GUARDED = "ALTER TABLE accounts_ownerversion ENABLE TRIGGER keep_versions"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_numbers")]
    operations = [
        migrations.AddField("ownerversion", "tax_rounding", models.CharField(max_length=10, null=True)),
        *(
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in (CHANGED, MADE, WITHOUT, WITH, UNGUARDED, AS_NOW, GUARDED)
        ),
    ]
