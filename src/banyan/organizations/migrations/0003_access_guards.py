"""What the database itself refuses about the access tree (ORG-1), the history of access, and the reach of earlier keys."""

from django.db import migrations

from banyan.foundation.history import record_history

TREE = """
CREATE FUNCTION banyan_lock_organizations() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('banyan.organizations.' || current_schema(), 0))
$$;
CREATE FUNCTION banyan_guard_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_lock_organizations();
    IF EXISTS (
        WITH RECURSIVE above(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT organization.parent_id FROM above JOIN organizations_organization organization ON organization.id = above.id
            WHERE above.id <> NEW.id
        )
        SELECT 1 FROM above WHERE above.id = NEW.id
    ) THEN
        RAISE EXCEPTION 'organization % would be below itself', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_tree_has_no_cycle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_insert BEFORE INSERT ON organizations_organization
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_organization();
CREATE TRIGGER guard_update BEFORE UPDATE OF parent_id ON organizations_organization FOR EACH ROW
    WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id) EXECUTE FUNCTION banyan_guard_organization();
CREATE FUNCTION banyan_keep_root_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the organization % is the root; there is always one', OLD.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_tree_keeps_its_root';
END $$;
CREATE TRIGGER keep_root BEFORE DELETE ON organizations_organization FOR EACH ROW
    WHEN (OLD.parent_id IS NULL) EXECUTE FUNCTION banyan_keep_root_organization();
"""

REACH_OF_EARLIER_KEYS = """
INSERT INTO organizations_apikey_organizations (apikey_id, organization_id)
SELECT api_key.id, root.id FROM organizations_apikey api_key, organizations_organization root WHERE root.parent_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0002_users_and_reach"), ("foundation", "0001_initial")]
    operations = [
        migrations.RunSQL(TREE, migrations.RunSQL.noop),
        migrations.RunSQL(REACH_OF_EARLIER_KEYS, migrations.RunSQL.noop),
        record_history("organizations_organization", "organization"),
        record_history("organizations_user", "user", ["password"]),
        record_history("organizations_membership", "membership"),
        record_history("organizations_apikey", "api_key", ["key_hash"]),
        record_history("organizations_apikey_organizations", "api_key_organization"),
    ]
