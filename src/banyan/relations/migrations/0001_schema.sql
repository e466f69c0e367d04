-- What the database itself refuses about relations: cycles (REL-2), an eleventh level (CHI-2), chains (BHI-2), other owners
-- (OWN-3).
--
-- Each guard takes the same advisory lock as the actions, so that of two connections that change one kind of relation at
-- once the second sees what the first did. Closing an edge can't break a rule, so only new and widened edges are checked.
--
-- A relation's history is on its subject: {field: [old target, new target], "effective_date": [null, day]}. A change closes one
-- edge and opens the next, and stands in the history once, at the opening; only an edge that was closed without a successor
-- is recorded at its closing, known when the transaction commits.
CREATE FUNCTION banyan_lock_relation(kind text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('banyan.relations.' || kind || '.' || current_schema(), 0))
$$;

CREATE FUNCTION banyan_guard_customer_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_cycle boolean;
    deepest integer;
BEGIN
    PERFORM banyan_lock_relation('customer_parent');
    WITH RECURSIVE above(id, during, levels) AS (
        SELECT NEW.parent_id, NEW.during, 1
        UNION
        SELECT edge.parent_id, above.during * edge.during, above.levels + 1
        FROM above JOIN relations_customerparent edge
            ON edge.customer_id = above.id AND edge.during && above.during AND edge.id <> NEW.id
        WHERE above.id <> NEW.customer_id
    ), below(id, during, levels) AS (
        SELECT NEW.customer_id, NEW.during, 1
        UNION
        SELECT edge.customer_id, below.during * edge.during, below.levels + 1
        FROM below JOIN relations_customerparent edge
            ON edge.parent_id = below.id AND edge.during && below.during AND edge.id <> NEW.id
        WHERE below.levels <= 10
    )
    SELECT (SELECT bool_or(above.id = NEW.customer_id) FROM above),
           (SELECT max(above.levels + below.levels) FROM above JOIN below ON above.during && below.during)
    INTO has_cycle, deepest;
    IF has_cycle THEN
        RAISE EXCEPTION 'customer % would be its own ancestor', NEW.customer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_hierarchy_has_no_cycle';
    END IF;
    IF deepest > 10 THEN
        RAISE EXCEPTION 'the customer hierarchy would be % deep, at most 10 are allowed', deepest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_hierarchy_is_at_most_10_deep';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_guard_account_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_lock_relation('account_parent');
    IF (SELECT count(DISTINCT owner_id) FROM accounts_account WHERE id IN (NEW.account_id, NEW.parent_id)) > 1 THEN
        RAISE EXCEPTION 'accounts % and % belong to different owners', NEW.account_id, NEW.parent_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_parent_has_the_same_owner';
    END IF;
    IF EXISTS (
        WITH RECURSIVE above(id, during) AS (
            SELECT NEW.parent_id, NEW.during
            UNION
            SELECT edge.parent_id, above.during * edge.during
            FROM above JOIN relations_accountparent edge
                ON edge.account_id = above.id AND edge.during && above.during AND edge.id <> NEW.id
            WHERE above.id <> NEW.account_id
        )
        SELECT 1 FROM above WHERE above.id = NEW.account_id
    ) THEN
        RAISE EXCEPTION 'account % would be above itself', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_hierarchy_has_no_cycle';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_guard_responsible_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_lock_relation('responsible_account');
    IF (SELECT count(DISTINCT (owner_id, currency, bill_cycle_id)) FROM accounts_account
        WHERE id IN (NEW.account_id, NEW.responsible_account_id)) > 1 THEN
        RAISE EXCEPTION 'accounts % and % differ in owner, currency or bill cycle', NEW.account_id, NEW.responsible_account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'responsible_account_has_the_same_owner_currency_and_cycle';
    END IF;
    IF EXISTS (SELECT 1 FROM relations_responsibleaccount edge
               WHERE edge.account_id = NEW.responsible_account_id AND edge.during && NEW.during)
       OR EXISTS (SELECT 1 FROM relations_responsibleaccount edge
                  WHERE edge.responsible_account_id = NEW.account_id AND edge.during && NEW.during) THEN
        RAISE EXCEPTION 'accounts % and % would be a chain of responsible accounts', NEW.account_id, NEW.responsible_account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'responsible_accounts_make_no_chain';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_guard_linked_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM relations_responsibleaccount edge
               WHERE NEW.id IN (edge.account_id, edge.responsible_account_id) AND upper_inf(edge.during)) THEN
        RAISE EXCEPTION 'account % is linked to a responsible or managed account', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'linked_account_keeps_its_currency_and_cycle';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_record_relations_customerparent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_target bigint;
    new_target bigint;
    subject bigint;
    day date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        subject := NEW.customer_id; new_target := NEW.parent_id; day := lower(NEW.during);
        SELECT edge.parent_id INTO old_target FROM relations_customerparent edge
            WHERE edge.customer_id = NEW.customer_id AND upper(edge.during) = lower(NEW.during);
    ELSIF TG_OP = 'UPDATE' THEN
        subject := NEW.customer_id; old_target := OLD.parent_id; day := upper(NEW.during);
        IF EXISTS (SELECT 1 FROM relations_customerparent edge
                   WHERE edge.customer_id = NEW.customer_id AND lower(edge.during) = upper(NEW.during)) THEN
            RETURN NULL;
        END IF;
    ELSE
        subject := OLD.customer_id; old_target := OLD.parent_id; day := lower(OLD.during);
    END IF;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'customer', subject,
            jsonb_build_object('parent', jsonb_build_array(old_target, new_target),
                               'effective_date', jsonb_build_array(NULL, day)));
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_relations_accountparent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_target bigint;
    new_target bigint;
    subject bigint;
    day date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        subject := NEW.account_id; new_target := NEW.parent_id; day := lower(NEW.during);
        SELECT edge.parent_id INTO old_target FROM relations_accountparent edge
            WHERE edge.account_id = NEW.account_id AND upper(edge.during) = lower(NEW.during);
    ELSIF TG_OP = 'UPDATE' THEN
        subject := NEW.account_id; old_target := OLD.parent_id; day := upper(NEW.during);
        IF EXISTS (SELECT 1 FROM relations_accountparent edge
                   WHERE edge.account_id = NEW.account_id AND lower(edge.during) = upper(NEW.during)) THEN
            RETURN NULL;
        END IF;
    ELSE
        subject := OLD.account_id; old_target := OLD.parent_id; day := lower(OLD.during);
    END IF;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account', subject,
            jsonb_build_object('parent', jsonb_build_array(old_target, new_target),
                               'effective_date', jsonb_build_array(NULL, day)));
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_relations_responsibleaccount() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_target bigint;
    new_target bigint;
    subject bigint;
    day date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        subject := NEW.account_id; new_target := NEW.responsible_account_id; day := lower(NEW.during);
        SELECT edge.responsible_account_id INTO old_target FROM relations_responsibleaccount edge
            WHERE edge.account_id = NEW.account_id AND upper(edge.during) = lower(NEW.during);
    ELSIF TG_OP = 'UPDATE' THEN
        subject := NEW.account_id; old_target := OLD.responsible_account_id; day := upper(NEW.during);
        IF EXISTS (SELECT 1 FROM relations_responsibleaccount edge
                   WHERE edge.account_id = NEW.account_id AND lower(edge.during) = upper(NEW.during)) THEN
            RETURN NULL;
        END IF;
    ELSE
        subject := OLD.account_id; old_target := OLD.responsible_account_id; day := lower(OLD.during);
    END IF;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account', subject,
            jsonb_build_object('responsible_account', jsonb_build_array(old_target, new_target),
                               'effective_date', jsonb_build_array(NULL, day)));
    RETURN NULL;
END $$;

CREATE TRIGGER guard_update BEFORE UPDATE ON relations_customerparent FOR EACH ROW
    WHEN (NEW.parent_id <> OLD.parent_id OR NEW.customer_id <> OLD.customer_id OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_customer_parent();

CREATE TRIGGER guard_update BEFORE UPDATE ON relations_accountparent FOR EACH ROW
    WHEN (NEW.parent_id <> OLD.parent_id OR NEW.account_id <> OLD.account_id OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_account_parent();

CREATE TRIGGER guard_update BEFORE UPDATE ON relations_responsibleaccount FOR EACH ROW
    WHEN (NEW.responsible_account_id <> OLD.responsible_account_id OR NEW.account_id <> OLD.account_id
    OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_responsible_account();

CREATE TRIGGER guard_linked BEFORE UPDATE OF currency, bill_cycle_id, owner_id ON accounts_account FOR EACH ROW
    WHEN (NEW.currency <> OLD.currency OR NEW.bill_cycle_id <> OLD.bill_cycle_id OR NEW.owner_id <> OLD.owner_id)
    EXECUTE FUNCTION banyan_guard_linked_account();

CREATE TRIGGER record_dropping AFTER DELETE ON relations_customerparent
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_customerparent();

CREATE CONSTRAINT TRIGGER record_closing AFTER UPDATE ON relations_customerparent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_customerparent();

CREATE TRIGGER record_dropping AFTER DELETE ON relations_accountparent
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_accountparent();

CREATE CONSTRAINT TRIGGER record_closing AFTER UPDATE ON relations_accountparent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_accountparent();

CREATE TRIGGER record_dropping AFTER DELETE ON relations_responsibleaccount
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_responsibleaccount();

CREATE CONSTRAINT TRIGGER record_closing AFTER UPDATE ON relations_responsibleaccount DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION banyan_record_relations_responsibleaccount();

-- New edges are checked by statement, not by row, so that a set costs little more than one: locked before the rows go in, looked
-- at once they are in.
--
-- The queries are EXECUTEd so that each is planned for the table as it is then: a plan made while the table was empty would
-- look at all of it for every edge. An edge that is stored with its end also has its end in the history, unless another
-- follows right there.
CREATE FUNCTION banyan_lock_relation_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_lock_relation(TG_ARGV[0]);
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_customer_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    EXECUTE $check$
        WITH RECURSIVE above(edge_id, start, during, id, levels) AS (
            SELECT id, customer_id, during, parent_id, 1 FROM opened
            UNION
            SELECT above.edge_id, above.start, above.during * edge.during, edge.parent_id, above.levels + 1
            FROM above JOIN relations_customerparent edge
                ON edge.customer_id = above.id AND edge.during && above.during AND edge.id <> above.edge_id
            WHERE above.id <> above.start AND above.levels <= 10
        ), below(edge_id, during, id, levels) AS (
            SELECT id, during, customer_id, 1 FROM opened
            UNION
            SELECT below.edge_id, below.during * edge.during, edge.customer_id, below.levels + 1
            FROM below JOIN relations_customerparent edge
                ON edge.parent_id = below.id AND edge.during && below.during AND edge.id <> below.edge_id
            WHERE below.levels <= 10
        )
        SELECT start, bool_or(above.id = above.start) AS has_cycle, max(above.levels + below.levels) AS deepest
        FROM above JOIN below ON below.edge_id = above.edge_id AND below.during && above.during
        GROUP BY above.edge_id, start
        HAVING bool_or(above.id = above.start) OR max(above.levels + below.levels) > 10
        ORDER BY has_cycle DESC LIMIT 1
    $check$ INTO broken;
    IF broken.has_cycle THEN
        RAISE EXCEPTION 'customer % would be its own ancestor', broken.start
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_hierarchy_has_no_cycle';
    ELSIF broken.start IS NOT NULL THEN
        RAISE EXCEPTION 'the customer hierarchy would be more than 10 deep'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_hierarchy_is_at_most_10_deep';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_account_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
    places integer;
BEGIN
    EXECUTE $check$
        SELECT opened.account_id, opened.parent_id FROM opened
        JOIN accounts_account account ON account.id = opened.account_id
        JOIN accounts_account parent ON parent.id = opened.parent_id
        WHERE parent.owner_id <> account.owner_id LIMIT 1
    $check$ INTO broken;
    IF broken.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'accounts % and % belong to different owners', broken.account_id, broken.parent_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_parent_has_the_same_owner';
    END IF;
    EXECUTE 'SELECT count(*) FROM (SELECT DISTINCT parent_id, during FROM opened) AS place' INTO places;
    IF places <= 20 THEN
        EXECUTE $check$
            WITH RECURSIVE above(parent_id, first_during, during, id) AS (
                SELECT DISTINCT parent_id, during, during, parent_id FROM opened
                UNION
                SELECT above.parent_id, above.first_during, above.during * edge.during, edge.parent_id
                FROM above, LATERAL (
                    SELECT parent_id, during FROM relations_accountparent
                    WHERE account_id = above.id AND during && above.during OFFSET 0) AS edge
            )
            SELECT opened.account_id FROM opened JOIN above
                ON above.parent_id = opened.parent_id AND above.first_during = opened.during
                AND above.id = opened.account_id
            LIMIT 1
        $check$ INTO broken;
    ELSE
        EXECUTE $check$
            WITH RECURSIVE above(id) AS (
                SELECT DISTINCT parent_id FROM opened
                UNION
                SELECT edge.parent_id FROM above, LATERAL (
                    SELECT parent_id FROM relations_accountparent WHERE account_id = above.id OFFSET 0) AS edge
            ), among AS MATERIALIZED (
                SELECT above.id, edge.parent_id, edge.during FROM above, LATERAL (
                    SELECT parent_id, during FROM relations_accountparent WHERE account_id = above.id OFFSET 0) AS edge
            ), linked AS (
                SELECT id, range_agg(during) AS days FROM among GROUP BY id
            ), rooted(id, during) AS (
                SELECT above.id, unnest('{(,)}'::datemultirange - coalesce(linked.days, '{}'))
                FROM above LEFT JOIN linked ON linked.id = above.id
                UNION
                SELECT edge.account_id, edge.during * rooted.during FROM rooted, LATERAL (
                    SELECT account_id, during FROM relations_accountparent
                    WHERE parent_id = rooted.id AND during && rooted.during AND account_id IN (SELECT id FROM linked)
                    OFFSET 0) AS edge
            ), reached AS (
                SELECT id, range_agg(during) AS days FROM rooted GROUP BY id
            )
            SELECT opened.account_id FROM opened LEFT JOIN reached ON reached.id = opened.parent_id
            WHERE NOT coalesce(reached.days @> opened.during, false) LIMIT 1
        $check$ INTO broken;
    END IF;
    IF broken.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'account % would be above itself', broken.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_hierarchy_has_no_cycle';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_responsible_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    EXECUTE $check$
        SELECT opened.account_id, opened.responsible_account_id FROM opened
        JOIN accounts_account account ON account.id = opened.account_id
        JOIN accounts_owner owner ON owner.id = account.owner_id
        JOIN accounts_account responsible ON responsible.id = opened.responsible_account_id
        WHERE account.owner_id <> responsible.owner_id
            OR (coalesce(upper(opened.during) > (now() AT TIME ZONE owner.time_zone)::date, true)
                AND (account.currency, account.bill_cycle_id) <> (responsible.currency, responsible.bill_cycle_id))
        LIMIT 1
    $check$ INTO broken;
    IF broken.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'accounts % and % differ in owner, currency or bill cycle',
            broken.account_id, broken.responsible_account_id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'responsible_account_has_the_same_owner_currency_and_cycle';
    END IF;
    EXECUTE $check$
        SELECT opened.account_id, opened.responsible_account_id FROM opened
        JOIN relations_responsibleaccount edge ON edge.during && opened.during
            AND edge.account_id = opened.responsible_account_id
        UNION ALL
        SELECT opened.account_id, opened.responsible_account_id FROM opened
        JOIN relations_responsibleaccount edge ON edge.during && opened.during
            AND edge.responsible_account_id = opened.account_id
        LIMIT 1
    $check$ INTO broken;
    IF broken.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'accounts % and % would be a chain of responsible accounts',
            broken.account_id, broken.responsible_account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'responsible_accounts_make_no_chain';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_end_of_relations_customerparent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM relations_customerparent edge WHERE edge.id = NEW.id AND edge.during = NEW.during)
       AND NOT EXISTS (SELECT 1 FROM relations_customerparent edge
                       WHERE edge.customer_id = NEW.customer_id AND lower(edge.during) = upper(NEW.during)) THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'customer',
                NEW.customer_id, jsonb_build_object('parent', jsonb_build_array(NEW.parent_id, NULL),
                                                  'effective_date', jsonb_build_array(NULL, upper(NEW.during))));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_end_of_relations_accountparent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM relations_accountparent edge WHERE edge.id = NEW.id AND edge.during = NEW.during)
       AND NOT EXISTS (SELECT 1 FROM relations_accountparent edge
                       WHERE edge.account_id = NEW.account_id AND lower(edge.during) = upper(NEW.during)) THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
                NEW.account_id, jsonb_build_object('parent', jsonb_build_array(NEW.parent_id, NULL),
                                                  'effective_date', jsonb_build_array(NULL, upper(NEW.during))));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_end_of_relations_responsibleaccount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM relations_responsibleaccount edge WHERE edge.id = NEW.id AND edge.during = NEW.during)
       AND NOT EXISTS (SELECT 1 FROM relations_responsibleaccount edge
                       WHERE edge.account_id = NEW.account_id AND lower(edge.during) = upper(NEW.during)) THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
                NEW.account_id, jsonb_build_object('responsible_account', jsonb_build_array(NEW.responsible_account_id, NULL),
                                                  'effective_date', jsonb_build_array(NULL, upper(NEW.during))));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_insert AFTER INSERT ON relations_customerparent REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_customer_parents();

CREATE TRIGGER guard_insert AFTER INSERT ON relations_accountparent REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_account_parents();

CREATE TRIGGER guard_insert AFTER INSERT ON relations_responsibleaccount REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_responsible_accounts();

CREATE TRIGGER lock_before_insert BEFORE INSERT ON relations_customerparent
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_lock_relation_first('customer_parent');

CREATE TRIGGER lock_before_insert BEFORE INSERT ON relations_accountparent
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_lock_relation_first('account_parent');

CREATE TRIGGER lock_before_insert BEFORE INSERT ON relations_responsibleaccount
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_lock_relation_first('responsible_account');

CREATE CONSTRAINT TRIGGER record_end AFTER INSERT ON relations_customerparent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT upper_inf(NEW.during)) EXECUTE FUNCTION banyan_record_end_of_relations_customerparent();

CREATE CONSTRAINT TRIGGER record_end AFTER INSERT ON relations_accountparent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT upper_inf(NEW.during)) EXECUTE FUNCTION banyan_record_end_of_relations_accountparent();

CREATE CONSTRAINT TRIGGER record_end AFTER INSERT ON relations_responsibleaccount DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT upper_inf(NEW.during)) EXECUTE FUNCTION banyan_record_end_of_relations_responsibleaccount();

-- Accounts that are managed without end are marked, so that an index knows the others (PERF-5, BHI-2).
--
-- Who is managed without end can't become responsible on any day. The mark follows the links in the statement that changes
-- them; the accounts are locked in the order of their ids. It is no field of Django's model, which would write it back as it
-- was read, and nothing else sets it: a row in which it changes has nothing for the history.
ALTER TABLE accounts_account ADD COLUMN managed_without_end boolean NOT NULL DEFAULT false;
CREATE INDEX unmanaged_account_by_number ON accounts_account (owner_id, bill_cycle_id, currency, number)
    WHERE status = 'active' AND NOT managed_without_end;

CREATE FUNCTION banyan_mark_managed(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $mark$
        WITH marked AS MATERIALIZED (
            SELECT account.id, is_now.managed
            FROM unnest($1) AS changed(id) JOIN accounts_account account ON account.id = changed.id
            CROSS JOIN LATERAL (
                SELECT coalesce((SELECT true FROM relations_responsibleaccount edge
                                 WHERE edge.account_id = changed.id AND upper_inf(edge.during)), false) AS managed
            ) is_now
            WHERE account.managed_without_end <> is_now.managed ORDER BY account.id FOR NO KEY UPDATE OF account
        )
        UPDATE accounts_account account SET managed_without_end = marked.managed
        FROM marked WHERE account.id = marked.id
    $mark$ USING changed;
END $$;

CREATE FUNCTION banyan_mark_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_mark_managed((SELECT array_agg(account_id) FROM opened));
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_mark_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_mark_managed((SELECT array_agg(account_id) FROM closed));
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_mark_managed((SELECT array_agg(account_id) FROM (TABLE opened UNION ALL TABLE closed) AS either));
    RETURN NULL;
END $$;

CREATE TRIGGER record_history AFTER UPDATE ON accounts_account
    FOR EACH ROW WHEN (OLD.managed_without_end = NEW.managed_without_end)
    EXECUTE FUNCTION banyan_record_history('account', '{created_at,search,managed_without_end}');

CREATE TRIGGER record_creations AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT
    EXECUTE FUNCTION banyan_record_creations('account', '{created_at,search,managed_without_end}');

CREATE TRIGGER record_deletions AFTER DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('account', '{created_at,search,managed_without_end}');

CREATE TRIGGER mark_linked AFTER INSERT ON relations_responsibleaccount REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_linked();

CREATE TRIGGER mark_unlinked AFTER DELETE ON relations_responsibleaccount REFERENCING OLD TABLE AS closed
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_unlinked();

CREATE TRIGGER mark_changed AFTER UPDATE ON relations_responsibleaccount
    REFERENCING NEW TABLE AS opened OLD TABLE AS closed FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_changed();

-- Openings get into the history by statement, so that a set costs little more than one:
-- {field: [old target, new target], "effective_date": [null, first day]} for each edge.
CREATE FUNCTION banyan_record_openings_of_relations_customerparent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $record$
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'customer',
            opened.customer_id, jsonb_build_object(
                'parent', jsonb_build_array(
                    (SELECT edge.parent_id FROM relations_customerparent edge
                     WHERE edge.customer_id = opened.customer_id AND upper(edge.during) = lower(opened.during)),
                    opened.parent_id),
                'effective_date', jsonb_build_array(NULL, lower(opened.during)))
        FROM opened ORDER BY opened.id
    $record$;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_openings_of_relations_accountparent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $record$
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
            opened.account_id, jsonb_build_object(
                'parent', jsonb_build_array(
                    (SELECT edge.parent_id FROM relations_accountparent edge
                     WHERE edge.account_id = opened.account_id AND upper(edge.during) = lower(opened.during)),
                    opened.parent_id),
                'effective_date', jsonb_build_array(NULL, lower(opened.during)))
        FROM opened ORDER BY opened.id
    $record$;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_openings_of_relations_responsibleaccount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $record$
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
            opened.account_id, jsonb_build_object(
                'responsible_account', jsonb_build_array(
                    (SELECT edge.responsible_account_id FROM relations_responsibleaccount edge
                     WHERE edge.account_id = opened.account_id AND upper(edge.during) = lower(opened.during)),
                    opened.responsible_account_id),
                'effective_date', jsonb_build_array(NULL, lower(opened.during)))
        FROM opened ORDER BY opened.id
    $record$;
    RETURN NULL;
END $$;

CREATE TRIGGER record_openings AFTER INSERT ON relations_customerparent REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_openings_of_relations_customerparent();

CREATE TRIGGER record_openings AFTER INSERT ON relations_accountparent REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_openings_of_relations_accountparent();

CREATE TRIGGER record_openings AFTER INSERT ON relations_responsibleaccount REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_openings_of_relations_responsibleaccount();
