CREATE TABLE usage_usageevent (
    account_id bigint NOT NULL,
    meter_id bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    event_id varchar(200) NOT NULL,
    quantity numeric(30, 12) NOT NULL,
    properties jsonb,
    subscription_id bigint
) PARTITION BY RANGE (at);
CREATE INDEX usage_of_meter_and_account ON usage_usageevent (meter_id, account_id, at) INCLUDE (quantity);
CREATE INDEX usage_by_its_arrival ON usage_usageevent USING brin (received_at) WITH (autosummarize = on);

-- Events are kept by month, and the ids that counted in one narrow table for all months (docs/decisions/0014). A delete
-- waits for the batches that are being taken in, and the next ones wait for it: so neither misses the other.
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

CREATE FUNCTION banyan_guard_used_meter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE ONLY usage_usageevent IN SHARE MODE;
    IF EXISTS (SELECT FROM usage_usageevent WHERE meter_id = OLD.id) THEN
        RAISE EXCEPTION 'meter % has usage', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'usage_has_its_meter';
    END IF;
    RETURN OLD;
END $$;

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
END $$;

CREATE TRIGGER guard_used_account BEFORE DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_used_account();

CREATE TRIGGER guard_used_meter BEFORE DELETE ON catalog_meter
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_used_meter();

CREATE TRIGGER guard_new_usage AFTER INSERT ON usage_usageevent
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_new_usage();

-- Usage that came in is never changed or deleted (USE-4): it is corrected by further events, so that what was billed of it can
-- be worked out for ever.
CREATE FUNCTION banyan_guard_usage() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

CREATE TRIGGER guard_usage BEFORE UPDATE OR DELETE ON usage_usageevent
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage();

CREATE TRIGGER guard_usage_truncate BEFORE TRUNCATE ON usage_usageevent
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_usage();

CREATE TRIGGER guard_counted_id BEFORE UPDATE OR DELETE ON usage_countedid
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage();

CREATE TRIGGER guard_counted_id_truncate BEFORE TRUNCATE ON usage_countedid
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_usage();

-- Events that are cancelled or replaced are kept as corrections (USE-4).
CREATE FUNCTION banyan_keep_usage_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'corrections of usage can''t be edited (USE-4)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_corrections_are_kept';
END $$;

CREATE TRIGGER keep_usage_corrections BEFORE UPDATE OR DELETE ON usage_usagecorrection
    FOR EACH ROW EXECUTE FUNCTION banyan_keep_usage_corrections();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON usage_usagecorrection
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('usage_event', '{received_at,actor}');

-- An event id counts once in an organization (USE-1): its key says which.
--
-- An account that moves to another organization waits, when its transaction commits, for the batches of usage that are being
-- taken in by what was before; not for long, because further batches wait behind it.
CREATE FUNCTION banyan_usage_key(scope bigint, event_id text) RETURNS uuid LANGUAGE sql AS $$
    SELECT encode(substr(CASE scope WHEN 0 THEN sha256(convert_to(event_id, 'UTF8'))
        ELSE sha256(int8send(scope) || substr(sha256(convert_to(event_id, 'UTF8')), 1, 16)) END, 1, 16), 'hex')::uuid
$$;

CREATE FUNCTION banyan_keep_earlier_usage_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage_earlierscope (account_id, scope)
    SELECT OLD.id, CASE WHEN parent_id IS NULL THEN 0 ELSE id END FROM organizations_organization
    WHERE id = OLD.organization_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_wait_for_usage_being_taken_in() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('banyan.usage.scopes.' || current_schema(), 0));
    RETURN NULL;
END $$;

CREATE TRIGGER keep_earlier_usage_scope AFTER UPDATE OF organization_id ON accounts_account FOR EACH ROW
    WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id)
    EXECUTE FUNCTION banyan_keep_earlier_usage_scope();

CREATE CONSTRAINT TRIGGER wait_for_usage_being_taken_in AFTER UPDATE OF organization_id ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id)
    EXECUTE FUNCTION banyan_wait_for_usage_being_taken_in();
