-- What was billed can't be deleted: invoice lines refer to it without a foreign key.
CREATE FUNCTION banyan_guard_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was billed and stays for the record', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_billed_stays';
END $$;

CREATE TRIGGER guard_billed BEFORE DELETE ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (OLD.billed_until IS NOT NULL) EXECUTE FUNCTION banyan_guard_billed();

CREATE TRIGGER guard_billed BEFORE DELETE ON subscriptions_charge FOR EACH ROW
    WHEN (OLD.billed) EXECUTE FUNCTION banyan_guard_billed();

-- A subscription starts and ends within its contract (CTR-2), whichever of the two changes.
CREATE FUNCTION banyan_is_within_contract(subscription subscriptions_subscription, contract contracts_contract)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT subscription.start_date >= contract.start_date
        AND coalesce(subscription.ends_before, 'infinity') <= greatest(subscription.start_date, coalesce(
            least(contract.terminated_on, CASE WHEN contract.renewal_months IS NULL THEN contract.ends_before END),
            'infinity'))
$$;

CREATE FUNCTION banyan_guard_contract_of_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contract contracts_contract;
BEGIN
    SELECT * INTO contract FROM contracts_contract WHERE id = NEW.contract_id FOR SHARE;
    IF NOT banyan_is_within_contract(NEW, contract) THEN
        RAISE EXCEPTION 'subscription % is not within contract %', NEW.number, contract.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_within_its_contract';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_guard_subscriptions_of_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM subscriptions_subscription subscription
               WHERE subscription.contract_id = NEW.id AND NOT banyan_is_within_contract(subscription, NEW)) THEN
        RAISE EXCEPTION 'a subscription is not within contract % any more', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_within_its_contract';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_contract_insert BEFORE INSERT ON subscriptions_subscription
    FOR EACH ROW WHEN (NEW.contract_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_contract_of_subscription();

CREATE TRIGGER guard_contract BEFORE UPDATE OF contract_id, start_date, ends_before ON subscriptions_subscription
    FOR EACH ROW WHEN (NEW.contract_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_contract_of_subscription();

CREATE TRIGGER guard_subscriptions BEFORE UPDATE OF start_date, ends_before, renewal_months, terminated_on
    ON contracts_contract FOR EACH ROW EXECUTE FUNCTION banyan_guard_subscriptions_of_contract();

-- What was decided about an order stays decided (SUB-1).
CREATE FUNCTION banyan_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is % and stays so', OLD.number, OLD.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_decided_once';
END $$;

CREATE TRIGGER guard_decided BEFORE UPDATE OF status, subscription_id ON subscriptions_order FOR EACH ROW
    WHEN (OLD.status <> 'draft') EXECUTE FUNCTION banyan_guard_order();

-- Subscriptions and groups, who pays and who is in which group have a history (ACC-16, WHO-1, GRP-1).
--
-- Who pays is told on the subscription: {"who_pays": [old, new], "effective_date": [null, first day]}, where old and new are
-- {"mode", "customer", "group"}, with "until" where there is an end, or null. A change that ends one row and begins the next
-- stands once, by the new row; one that only ends a row, by that. Those who leave a group or join it from a day on are told on
-- the group as well: {"members": [those who leave, those who join], "effective_date": …}.
--
-- By statement, not by row: a move changes who pays for thousands. What a trigger looks up is as the whole statement has left
-- it, and `payer_dates.py` changes everything in one.
CREATE FUNCTION banyan_record_payers_openings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM opened) THEN
        RETURN NULL;
    END IF;
    EXECUTE $record$
        WITH told AS (
SELECT opened.subscription_id, lower(opened.during) AS day,
    before.mode AS old_mode, before.group_id AS old_group, NULL::date AS old_until,
    opened.mode AS new_mode, opened.group_id AS new_group, upper(opened.during) AS new_until
FROM opened LEFT JOIN subscriptions_whopays before
    ON before.subscription_id = opened.subscription_id
    AND coalesce(upper(before.during), DATE 'infinity') = lower(opened.during)
    AND (before.mode, before.group_id) IS DISTINCT FROM (opened.mode, opened.group_id)
), alike AS MATERIALIZED (
            SELECT day, old_mode, old_group, old_until, new_mode, new_group, new_until,
                CASE WHEN 'customer_separate' IN (old_mode, new_mode) THEN (
                    SELECT account.customer_id FROM subscriptions_subscription subscription
                    JOIN accounts_account account ON account.id = subscription.account_id
                    WHERE subscription.id = told.subscription_id) END AS own,
                array_agg(subscription_id ORDER BY subscription_id) AS subscriptions
            FROM told GROUP BY day, old_mode, old_group, old_until, new_mode, new_group, new_until, own
        ), of_subscriptions AS (
            INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
            SELECT $1, 'changed', 'subscription', subscription_id, changes
            FROM (
                SELECT subscriptions, jsonb_build_object(
                    'who_pays', jsonb_build_array(CASE
        WHEN old_mode IS NULL THEN NULL
        WHEN old_until IS NULL THEN jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group)
        ELSE jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group, 'until', old_until) END, CASE
        WHEN new_mode IS NULL THEN NULL
        WHEN new_until IS NULL THEN jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group)
        ELSE jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group, 'until', new_until) END),
                    'effective_date', jsonb_build_array(NULL, day)) AS changes
                FROM alike
                LEFT JOIN subscriptions_subscriptiongroup of_old ON of_old.id = old_group
                LEFT JOIN subscriptions_subscriptiongroup of_new ON of_new.id = new_group
                ORDER BY day
            ) AS entry CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        )
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT $1, 'changed', 'subscription_group', group_id, jsonb_build_object(
            'members', jsonb_build_array(
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE NOT joins),
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE joins)),
            'effective_date', jsonb_build_array(NULL, day))
        FROM alike
        CROSS JOIN LATERAL (VALUES (old_group, false), (new_group, true)) AS member(group_id, joins)
        CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        WHERE old_group IS DISTINCT FROM new_group AND group_id IS NOT NULL
        GROUP BY group_id, day ORDER BY day, group_id
    $record$ USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system');
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_payers_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    EXECUTE $record$
        WITH told AS (
SELECT subscription_id, CASE WHEN ends THEN upper(during) ELSE lower(during) END AS day,
    old_mode, old_group, upper(old_during) AS old_until,
    CASE WHEN NOT ends THEN mode END AS new_mode, CASE WHEN NOT ends THEN group_id END AS new_group,
    CASE WHEN NOT ends THEN upper(during) END AS new_until
FROM (
    SELECT after.*, before.mode AS old_mode, before.group_id AS old_group, before.during AS old_during,
        (before.mode, before.group_id, lower(before.during))
            IS NOT DISTINCT FROM (after.mode, after.group_id, lower(after.during))
        AND coalesce(upper(before.during), DATE 'infinity') > coalesce(upper(after.during), DATE 'infinity') AS ends
    FROM closed before JOIN changed after USING (id)
    WHERE (before.mode, before.group_id, before.during) IS DISTINCT FROM (after.mode, after.group_id, after.during)
) AS pair
WHERE NOT ends OR NOT EXISTS (
    SELECT FROM subscriptions_whopays following
    WHERE following.subscription_id = pair.subscription_id
        AND coalesce(upper(following.during), DATE 'infinity') > upper(pair.during)
        AND lower(following.during) = upper(pair.during))
), alike AS MATERIALIZED (
            SELECT day, old_mode, old_group, old_until, new_mode, new_group, new_until,
                CASE WHEN 'customer_separate' IN (old_mode, new_mode) THEN (
                    SELECT account.customer_id FROM subscriptions_subscription subscription
                    JOIN accounts_account account ON account.id = subscription.account_id
                    WHERE subscription.id = told.subscription_id) END AS own,
                array_agg(subscription_id ORDER BY subscription_id) AS subscriptions
            FROM told GROUP BY day, old_mode, old_group, old_until, new_mode, new_group, new_until, own
        ), of_subscriptions AS (
            INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
            SELECT $1, 'changed', 'subscription', subscription_id, changes
            FROM (
                SELECT subscriptions, jsonb_build_object(
                    'who_pays', jsonb_build_array(CASE
        WHEN old_mode IS NULL THEN NULL
        WHEN old_until IS NULL THEN jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group)
        ELSE jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group, 'until', old_until) END, CASE
        WHEN new_mode IS NULL THEN NULL
        WHEN new_until IS NULL THEN jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group)
        ELSE jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group, 'until', new_until) END),
                    'effective_date', jsonb_build_array(NULL, day)) AS changes
                FROM alike
                LEFT JOIN subscriptions_subscriptiongroup of_old ON of_old.id = old_group
                LEFT JOIN subscriptions_subscriptiongroup of_new ON of_new.id = new_group
                ORDER BY day
            ) AS entry CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        )
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT $1, 'changed', 'subscription_group', group_id, jsonb_build_object(
            'members', jsonb_build_array(
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE NOT joins),
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE joins)),
            'effective_date', jsonb_build_array(NULL, day))
        FROM alike
        CROSS JOIN LATERAL (VALUES (old_group, false), (new_group, true)) AS member(group_id, joins)
        CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        WHERE old_group IS DISTINCT FROM new_group AND group_id IS NOT NULL
        GROUP BY group_id, day ORDER BY day, group_id
    $record$ USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system');
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_payers_droppings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM dropped) THEN
        RETURN NULL;
    END IF;
    EXECUTE $record$
        WITH told AS (
SELECT dropped.subscription_id, lower(dropped.during) AS day,
    dropped.mode AS old_mode, dropped.group_id AS old_group, upper(dropped.during) AS old_until,
    now.mode AS new_mode, now.group_id AS new_group, upper(now.during) AS new_until
FROM dropped LEFT JOIN subscriptions_whopays now
    ON now.subscription_id = dropped.subscription_id AND now.during @> lower(dropped.during)
    AND coalesce(upper(now.during), DATE 'infinity') > lower(dropped.during)
WHERE (dropped.mode, dropped.group_id) IS DISTINCT FROM (now.mode, now.group_id)
), alike AS MATERIALIZED (
            SELECT day, old_mode, old_group, old_until, new_mode, new_group, new_until,
                CASE WHEN 'customer_separate' IN (old_mode, new_mode) THEN (
                    SELECT account.customer_id FROM subscriptions_subscription subscription
                    JOIN accounts_account account ON account.id = subscription.account_id
                    WHERE subscription.id = told.subscription_id) END AS own,
                array_agg(subscription_id ORDER BY subscription_id) AS subscriptions
            FROM told GROUP BY day, old_mode, old_group, old_until, new_mode, new_group, new_until, own
        ), of_subscriptions AS (
            INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
            SELECT $1, 'changed', 'subscription', subscription_id, changes
            FROM (
                SELECT subscriptions, jsonb_build_object(
                    'who_pays', jsonb_build_array(CASE
        WHEN old_mode IS NULL THEN NULL
        WHEN old_until IS NULL THEN jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group)
        ELSE jsonb_build_object('mode', old_mode, 'customer', coalesce(of_old.payer_id, own), 'group', old_group, 'until', old_until) END, CASE
        WHEN new_mode IS NULL THEN NULL
        WHEN new_until IS NULL THEN jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group)
        ELSE jsonb_build_object('mode', new_mode, 'customer', coalesce(of_new.payer_id, own), 'group', new_group, 'until', new_until) END),
                    'effective_date', jsonb_build_array(NULL, day)) AS changes
                FROM alike
                LEFT JOIN subscriptions_subscriptiongroup of_old ON of_old.id = old_group
                LEFT JOIN subscriptions_subscriptiongroup of_new ON of_new.id = new_group
                ORDER BY day
            ) AS entry CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        )
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT $1, 'changed', 'subscription_group', group_id, jsonb_build_object(
            'members', jsonb_build_array(
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE NOT joins),
                jsonb_agg(subscription_id ORDER BY subscription_id) FILTER (WHERE joins)),
            'effective_date', jsonb_build_array(NULL, day))
        FROM alike
        CROSS JOIN LATERAL (VALUES (old_group, false), (new_group, true)) AS member(group_id, joins)
        CROSS JOIN LATERAL unnest(subscriptions) AS subscription_id
        WHERE old_group IS DISTINCT FROM new_group AND group_id IS NOT NULL
        GROUP BY group_id, day ORDER BY day, group_id
    $record$ USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system');
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item subscriptions_subscriptionitem;
    price bigint;
    amount numeric;
    before jsonb;
    after jsonb;
    day date := CASE WHEN TG_OP = 'DELETE' THEN OLD.since ELSE NEW.since END;
BEGIN
    SELECT * INTO item FROM subscriptions_subscriptionitem
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.item_id ELSE NEW.item_id END;
    SELECT coalesce((SELECT price_id FROM subscriptions_itemterms
                     WHERE item_id = item.id AND since < day AND price_id IS NOT NULL ORDER BY since DESC LIMIT 1),
                    item.price_id),
           coalesce((SELECT quantity FROM subscriptions_itemterms
                     WHERE item_id = item.id AND since < day AND quantity IS NOT NULL ORDER BY since DESC LIMIT 1),
                    item.quantity)
        INTO price, amount;
    before := jsonb_build_object('id', item.id, 'price', price, 'quantity', amount::text);
    after := before;
    IF TG_OP <> 'INSERT' THEN
        before := jsonb_build_object('id', item.id, 'price', coalesce(OLD.price_id, price),
                                     'quantity', coalesce(OLD.quantity, amount)::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := jsonb_build_object('id', item.id, 'price', coalesce(NEW.price_id, price),
                                    'quantity', coalesce(NEW.quantity, amount)::text);
    END IF;
    IF item.id IS NOT NULL AND before <> after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
                item.subscription_id, jsonb_build_object('item', jsonb_build_array(before, after),
                                                         'effective_date', jsonb_build_array(NULL, day)));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER record_history AFTER UPDATE OR DELETE ON subscriptions_subscription
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('subscription', '{created_at,agreed_ends_before}');

CREATE TRIGGER record_creations AFTER INSERT ON subscriptions_subscription REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_creations('subscription', '{created_at,agreed_ends_before}');

CREATE TRIGGER record_history AFTER UPDATE OR DELETE ON subscriptions_subscriptiongroup
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('subscription_group', '{}');

CREATE TRIGGER record_creations AFTER INSERT ON subscriptions_subscriptiongroup REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_creations('subscription_group', '{}');

CREATE TRIGGER record_openings AFTER INSERT ON subscriptions_whopays REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_payers_openings();

CREATE TRIGGER record_changes AFTER UPDATE ON subscriptions_whopays REFERENCING OLD TABLE AS closed NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_payers_changes();

CREATE TRIGGER record_droppings AFTER DELETE ON subscriptions_whopays REFERENCING OLD TABLE AS dropped
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_payers_droppings();

CREATE TRIGGER record_terms AFTER INSERT OR UPDATE OR DELETE ON subscriptions_itemterms
    FOR EACH ROW EXECUTE FUNCTION banyan_record_terms();

-- What was billed keeps what it was billed for (REL-B).
--
-- - How far an item is billed goes on only by billing, which says so (`banyan.billing`). Set ahead by hand, an item would never be
--   charged for the days between.
-- - Once an item is billed, its price and quantity change by terms that hold from a day on (SUB-8), and a charge stays as it was
--   billed.
--
-- The guards look at columns that a bill run doesn't write, or at a setting first, so they cost it nothing that can be measured.
CREATE FUNCTION banyan_guard_billed_until() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item % would be billed until % without a bill; only billing moves that on', NEW.id, NEW.billed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'only_billing_moves_billed_until_on';
END $$;

CREATE FUNCTION banyan_guard_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item % is billed until %; change its price or quantity by terms from a day on', OLD.id, OLD.billed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_item_changes_by_terms';
END $$;

CREATE FUNCTION banyan_guard_billed_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'charge % is billed and stays as it is; void its invoice first', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_charge_never_changes';
END $$;

CREATE TRIGGER guard_billed_until AFTER UPDATE OF billed_until ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (coalesce(current_setting('banyan.billing', true), '') = '' AND NEW.billed_until IS NOT NULL
    AND (OLD.billed_until IS NULL OR NEW.billed_until > OLD.billed_until))
    EXECUTE FUNCTION banyan_guard_billed_until();

CREATE TRIGGER guard_billed_at_first BEFORE INSERT ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (NEW.billed_until IS NOT NULL) EXECUTE FUNCTION banyan_guard_billed_until();

CREATE TRIGGER guard_agreed AFTER UPDATE OF subscription_id, price_id, quantity ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (OLD.billed_until IS NOT NULL AND (NEW.subscription_id, NEW.price_id, NEW.quantity)
    IS DISTINCT FROM (OLD.subscription_id, OLD.price_id, OLD.quantity))
    EXECUTE FUNCTION banyan_guard_agreed();

CREATE TRIGGER guard_billed_charge BEFORE UPDATE OF account_id, product_id, description, amount, date ON subscriptions_charge
    FOR EACH ROW WHEN (OLD.billed AND (NEW.account_id, NEW.product_id, NEW.description, NEW.amount, NEW.date)
    IS DISTINCT FROM (OLD.account_id, OLD.product_id, OLD.description, OLD.amount, OLD.date))
    EXECUTE FUNCTION banyan_guard_billed_charge();

-- Items that are added and ended, pauses, and the end that was agreed before a cancellation, which can be taken back
-- (SUB-9).
CREATE FUNCTION banyan_record_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it jsonb;
BEGIN
    SELECT jsonb_build_object('id', NEW.id, 'price', terms.price_id, 'quantity', terms.quantity::text) INTO it
    FROM (SELECT
        coalesce((SELECT price_id FROM subscriptions_itemterms WHERE item_id = NEW.id AND price_id IS NOT NULL
                  AND since < coalesce(NEW.ends_before, 'infinity') ORDER BY since DESC LIMIT 1), NEW.price_id) AS price_id,
        coalesce((SELECT quantity FROM subscriptions_itemterms WHERE item_id = NEW.id AND quantity IS NOT NULL
                  AND since < coalesce(NEW.ends_before, 'infinity') ORDER BY since DESC LIMIT 1), NEW.quantity) AS quantity
    ) AS terms;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
        NEW.subscription_id, jsonb_build_object('item', pair, 'effective_date', jsonb_build_array(NULL, day))
    FROM (
        SELECT jsonb_build_array(NULL, it) AS pair, NEW.start_date AS day WHERE TG_OP = 'INSERT'
        UNION ALL
        SELECT jsonb_build_array(NULL, it), OLD.ends_before WHERE TG_OP = 'UPDATE'
            AND OLD.ends_before < coalesce(NEW.ends_before, 'infinity')
        UNION ALL
        SELECT jsonb_build_array(it, NULL), NEW.ends_before WHERE TG_OP = 'UPDATE'
            AND NEW.ends_before IS NOT NULL AND OLD.ends_before IS DISTINCT FROM NEW.ends_before
    ) AS told;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_subscriptions_subscriptionpause() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    entry subscriptions_subscriptionpause;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        entry := OLD; before := jsonb_build_object('from', lower(entry.during), 'until', upper(entry.during) - 1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        entry := NEW; after := jsonb_build_object('from', lower(entry.during), 'until', upper(entry.during) - 1);
    END IF;
    IF before IS DISTINCT FROM after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
                entry.subscription_id, jsonb_build_object('pause', jsonb_build_array(before, after)));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER record_added AFTER INSERT ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (NEW.start_date IS NOT NULL) EXECUTE FUNCTION banyan_record_items();

CREATE TRIGGER record_ended AFTER UPDATE OF ends_before ON subscriptions_subscriptionitem FOR EACH ROW
    EXECUTE FUNCTION banyan_record_items();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON subscriptions_subscriptionpause
    FOR EACH ROW EXECUTE FUNCTION banyan_record_subscriptions_subscriptionpause();

-- The same usage is not charged twice (USE-5): items may be for named events alone, others may not overlap.
CREATE FUNCTION banyan_refuse_usage_twice(items bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint[];
BEGIN
    SELECT array_agg(DISTINCT subscription.account_id) INTO accounts
    FROM subscriptions_subscriptionitem item JOIN subscriptions_subscription subscription
        ON subscription.id = item.subscription_id
    WHERE item.id = ANY(items) AND EXISTS (
        SELECT FROM catalog_price price WHERE price.type = 'usage' AND (
            price.id = item.price_id
            OR price.id IN (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id)));
    IF accounts IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('usage_once'), slot)
    FROM (SELECT DISTINCT (account % 64)::int AS slot FROM unnest(accounts) AS account ORDER BY 1) AS slots;
    IF EXISTS (
        WITH own AS (
            SELECT item.id, subscription.account_id, item.subscription_id, item.named_only, item.price_id,
                   coalesce(item.start_date, subscription.start_date) AS start,
                   least(subscription.ends_before, item.ends_before) AS until
            FROM subscriptions_subscription subscription
            JOIN subscriptions_subscriptionitem item ON item.subscription_id = subscription.id
            WHERE subscription.account_id = ANY(accounts)
        ), agreed AS (
            SELECT id, start AS since, price_id, DATE '-infinity' AS written FROM own
            UNION ALL
            SELECT own.id, greatest(terms.since, own.start), terms.price_id, terms.since
            FROM own JOIN subscriptions_itemterms terms ON terms.item_id = own.id AND terms.price_id IS NOT NULL
        ), dated AS (
            SELECT id, since, price_id, lead(since) OVER (PARTITION BY id ORDER BY since, written) AS replaced
            FROM agreed
        ), days AS (
            SELECT own.*, price.meter_id, price.product_id, dated.since,
                   coalesce(least(dated.replaced, own.until), 'infinity') AS ended
            FROM dated JOIN own USING (id)
            JOIN catalog_price price ON price.id = dated.price_id AND price.type = 'usage'
        )
        SELECT FROM days one JOIN days other ON other.account_id = one.account_id AND other.meter_id = one.meter_id
            AND other.product_id = one.product_id AND other.id <> one.id
            AND greatest(one.since, other.since) < least(one.ended, other.ended)
            AND other.named_only = one.named_only
            AND (NOT one.named_only OR other.subscription_id = one.subscription_id)
        WHERE one.id = ANY(items)
    ) THEN
        RAISE EXCEPTION 'the same usage would be charged twice (USE-5)'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'usage_is_charged_once';
    END IF;
END $$;

CREATE FUNCTION banyan_guard_new_usage_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_refuse_usage_twice(array_agg(item.id)) FROM made item
    WHERE EXISTS (SELECT FROM catalog_price price WHERE price.id = item.price_id AND price.type = 'usage');
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_usage_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'subscriptions_subscription' THEN
        PERFORM banyan_refuse_usage_twice(array_agg(id)) FROM subscriptions_subscriptionitem
        WHERE subscription_id = NEW.id;
    ELSIF TG_TABLE_NAME = 'subscriptions_subscriptionitem' THEN
        PERFORM banyan_refuse_usage_twice(ARRAY[NEW.id]);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM banyan_refuse_usage_twice(ARRAY[OLD.item_id]);
    ELSE
        PERFORM banyan_refuse_usage_twice(ARRAY[NEW.item_id]);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_new_usage_items AFTER INSERT ON subscriptions_subscriptionitem
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_new_usage_items();

CREATE CONSTRAINT TRIGGER guard_longer_usage AFTER UPDATE OF start_date, ends_before ON subscriptions_subscription
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.start_date < OLD.start_date
    OR coalesce(NEW.ends_before, 'infinity') > coalesce(OLD.ends_before, 'infinity'))
    EXECUTE FUNCTION banyan_guard_usage_items();

CREATE CONSTRAINT TRIGGER guard_longer_usage AFTER UPDATE OF start_date, ends_before, price_id, named_only
    ON subscriptions_subscriptionitem DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.price_id <> OLD.price_id OR NEW.named_only <> OLD.named_only
    OR NEW.start_date IS DISTINCT FROM OLD.start_date
    OR coalesce(NEW.ends_before, 'infinity') > coalesce(OLD.ends_before, 'infinity'))
    EXECUTE FUNCTION banyan_guard_usage_items();

CREATE CONSTRAINT TRIGGER guard_agreed_usage AFTER INSERT OR UPDATE OR DELETE ON subscriptions_itemterms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage_items();

-- One-time charges have the payer of their subscription or one by choice (SUB-7), and a history (RUN-11).
CREATE FUNCTION banyan_account_chosen_for(charge_id bigint, on_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE asked AS (
        SELECT charge.who_pays_mode AS mode, charge.payer_id AS named, own.customer_id AS own
        FROM subscriptions_charge charge JOIN accounts_account own ON own.id = charge.account_id
        WHERE charge.id = charge_id AND charge.who_pays_mode IS NOT NULL
    ), above(customer_id, levels) AS (
        SELECT own, 0 FROM asked
        UNION ALL
        SELECT edge.parent_id, above.levels + 1
        FROM above JOIN relations_customerparent edge
            ON edge.customer_id = above.customer_id AND edge.during @> on_day
    )
    SELECT account.id
    FROM asked JOIN accounts_account account ON account.is_default AND account.customer_id = CASE asked.mode
        WHEN 'parent' THEN (SELECT customer_id FROM above WHERE levels = 1)
        WHEN 'eldest_ancestor' THEN (SELECT customer_id FROM above ORDER BY levels DESC LIMIT 1)
        WHEN 'ancestor' THEN (SELECT customer_id FROM above WHERE customer_id = asked.named)
        ELSE asked.own END
$$;

CREATE FUNCTION banyan_guard_subscription_of_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM subscriptions_subscription
                   WHERE id = NEW.subscription_id AND account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'charge % names a subscription of another account', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_is_of_its_subscriptions_account';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_payer_of_billed_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'charge % is billed and stays as it is; void its invoice first', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_charge_never_changes';
END $$;

CREATE TRIGGER guard_payer_of_billed BEFORE UPDATE OF subscription_id, who_pays_mode, payer_id ON subscriptions_charge
    FOR EACH ROW WHEN (OLD.billed AND (NEW.subscription_id, NEW.who_pays_mode, NEW.payer_id)
    IS DISTINCT FROM (OLD.subscription_id, OLD.who_pays_mode, OLD.payer_id))
    EXECUTE FUNCTION banyan_guard_payer_of_billed_charge();

CREATE TRIGGER guard_account_of_subscription AFTER INSERT OR UPDATE OF subscription_id, account_id ON subscriptions_charge
    FOR EACH ROW WHEN (NEW.subscription_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_subscription_of_charge();

CREATE TRIGGER record_history AFTER UPDATE OR DELETE ON subscriptions_charge
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('charge', '{created_at,billed,revision}');

CREATE TRIGGER record_creations AFTER INSERT ON subscriptions_charge REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_creations('charge', '{created_at,billed,revision}');

-- Numbers come from sequences of their own: row ids are used up by what is only looked at as well.
CREATE SEQUENCE subscriptions_subscription_numbers OWNED BY subscriptions_subscription.number;
CREATE SEQUENCE subscriptions_order_numbers OWNED BY subscriptions_order.number;

-- Every bill run writes how far each item is billed: with room on the page an item stays where it is, and its indexes too.
ALTER TABLE subscriptions_subscriptionitem SET (fillfactor = 50);

CREATE INDEX history_of_deleted_charges ON foundation_historyentry ((changes -> 'account_id'))
    WHERE subject_kind = 'charge' AND action = 'deleted';
