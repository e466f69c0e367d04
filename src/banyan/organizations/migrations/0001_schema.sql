-- What the database itself refuses about the access tree (ORG-1), and the history of access.
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

CREATE FUNCTION banyan_keep_root_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the organization % is the root; there is always one', OLD.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_tree_keeps_its_root';
END $$;

CREATE TRIGGER guard_insert BEFORE INSERT ON organizations_organization
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_organization();

CREATE TRIGGER guard_update BEFORE UPDATE OF parent_id ON organizations_organization FOR EACH ROW
    WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id) EXECUTE FUNCTION banyan_guard_organization();

CREATE TRIGGER keep_root BEFORE DELETE ON organizations_organization FOR EACH ROW
    WHEN (OLD.parent_id IS NULL) EXECUTE FUNCTION banyan_keep_root_organization();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON organizations_organization
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('organization', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON organizations_user
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('user', '{password}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON organizations_membership
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('membership', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON organizations_apikey
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('api_key', '{key_hash}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON organizations_apikey_organizations
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('api_key_organization', '{}');

-- Passwords are in the history of a user as facts, never as values.
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
END $$;

CREATE TRIGGER record_password AFTER INSERT OR UPDATE OF password ON organizations_user
    FOR EACH ROW EXECUTE FUNCTION banyan_record_password();
