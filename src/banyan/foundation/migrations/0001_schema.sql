-- The history (ACC-16): filled by triggers, and never edited, also not by a session that has switched ordinary triggers off.
CREATE FUNCTION banyan_record_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    skipped text[] := TG_ARGV[1]::text[];
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    subject bigint := coalesce(after ->> 'id', before ->> 'id');
    why text := coalesce(current_setting('banyan.reason', true), '');
    changes jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(field, jsonb_build_array(before -> field, after -> field)) INTO changes
        FROM jsonb_object_keys(before || after) AS field
        WHERE field <> 'id' AND field <> ALL (skipped)
            AND coalesce(before -> field, 'null') <> coalesce(after -> field, 'null');
    IF changes IS NOT NULL OR TG_OP <> 'UPDATE' THEN
        EXECUTE format('INSERT INTO %I.foundation_historyentry (at, actor, action, subject_kind, subject_id, changes)
            VALUES (clock_timestamp(), $1, $2, $3, $4, $5)', TG_TABLE_SCHEMA)
        USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'),
            CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
            TG_ARGV[0], subject, coalesce(changes, '{}')
                || CASE WHEN why = '' THEN '{}' ELSE jsonb_build_object('reason', jsonb_build_array(NULL, why)) END;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history can''t be edited (ACC-16)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_is_kept';
END $$;

CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON foundation_historyentry
    FOR EACH ROW EXECUTE FUNCTION banyan_keep_history();

CREATE TRIGGER keep_whole_history BEFORE TRUNCATE ON foundation_historyentry
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_history();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON foundation_setting
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('setting', '{}');

ALTER TABLE foundation_historyentry ENABLE ALWAYS TRIGGER keep_history;
ALTER TABLE foundation_historyentry ENABLE ALWAYS TRIGGER keep_whole_history;
