"""What the database itself refuses about relations: cycles (REL-2), an eleventh level (CHI-2), chains (BHI-2), other owners (OWN-3).

Each guard takes the same advisory lock as the actions, so that of two connections that change one kind of relation at
once the second sees what the first did. Closing an edge can't break a rule, so only inserts and widened edges are checked.
"""

from django.db import migrations

LOCK = """
CREATE FUNCTION banyan_lock_relation(kind text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('banyan.relations.' || kind || '.' || current_schema(), 0))
$$;
"""

CUSTOMER_PARENT = """
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
CREATE TRIGGER guard_insert BEFORE INSERT ON relations_customerparent
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_customer_parent();
CREATE TRIGGER guard_update BEFORE UPDATE ON relations_customerparent FOR EACH ROW
    WHEN (NEW.parent_id <> OLD.parent_id OR NEW.customer_id <> OLD.customer_id OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_customer_parent();
"""

ACCOUNT_PARENT = """
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
CREATE TRIGGER guard_insert BEFORE INSERT ON relations_accountparent
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_account_parent();
CREATE TRIGGER guard_update BEFORE UPDATE ON relations_accountparent FOR EACH ROW
    WHEN (NEW.parent_id <> OLD.parent_id OR NEW.account_id <> OLD.account_id OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_account_parent();
"""

RESPONSIBLE_ACCOUNT = """
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
CREATE TRIGGER guard_insert BEFORE INSERT ON relations_responsibleaccount
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_responsible_account();
CREATE TRIGGER guard_update BEFORE UPDATE ON relations_responsibleaccount FOR EACH ROW
    WHEN (NEW.responsible_account_id <> OLD.responsible_account_id OR NEW.account_id <> OLD.account_id
          OR NOT NEW.during <@ OLD.during)
    EXECUTE FUNCTION banyan_guard_responsible_account();
CREATE FUNCTION banyan_guard_linked_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM relations_responsibleaccount edge
               WHERE NEW.id IN (edge.account_id, edge.responsible_account_id) AND upper_inf(edge.during)) THEN
        RAISE EXCEPTION 'account % is linked to a responsible or managed account', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'linked_account_keeps_its_currency_and_cycle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_linked BEFORE UPDATE OF currency, bill_cycle_id, owner_id ON accounts_account FOR EACH ROW
    WHEN (NEW.currency <> OLD.currency OR NEW.bill_cycle_id <> OLD.bill_cycle_id OR NEW.owner_id <> OLD.owner_id)
    EXECUTE FUNCTION banyan_guard_linked_account();
"""


def record_changes(table: str, subject_kind: str, subject: str, target: str, field: str) -> str:
    """History of a relation on its subject: {field: [old target, new target], "effective_date": [null, day]}.

    A change closes one edge and opens the next, and stands in the history once, at the opening; only an edge that was closed
    without a successor is recorded at its closing, known when the transaction commits.
    """
    function = f"banyan_record_{table}"
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_target bigint;
    new_target bigint;
    subject bigint;
    day date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        subject := NEW.{subject}; new_target := NEW.{target}; day := lower(NEW.during);
        SELECT edge.{target} INTO old_target FROM {table} edge
            WHERE edge.{subject} = NEW.{subject} AND upper(edge.during) = lower(NEW.during);
    ELSIF TG_OP = 'UPDATE' THEN
        subject := NEW.{subject}; old_target := OLD.{target}; day := upper(NEW.during);
        IF EXISTS (SELECT 1 FROM {table} edge
                   WHERE edge.{subject} = NEW.{subject} AND lower(edge.during) = upper(NEW.during)) THEN
            RETURN NULL;
        END IF;
    ELSE
        subject := OLD.{subject}; old_target := OLD.{target}; day := lower(OLD.during);
    END IF;
    INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
    VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', '{subject_kind}', subject,
            jsonb_build_object('{field}', jsonb_build_array(old_target, new_target),
                               'effective_date', jsonb_build_array(NULL, day)));
    RETURN NULL;
END $$;
CREATE TRIGGER record_opening AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE TRIGGER record_dropping AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE CONSTRAINT TRIGGER record_closing AFTER UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {function}();
"""


HISTORY = [
    record_changes("relations_customerparent", "customer", "customer_id", "parent_id", "parent"),
    record_changes("relations_accountparent", "account", "account_id", "parent_id", "parent"),
    record_changes(
        "relations_responsibleaccount", "account", "account_id", "responsible_account_id", "responsible_account"
    ),
]


class Migration(migrations.Migration):
    dependencies = [("relations", "0001_initial"), ("foundation", "0001_initial")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in [LOCK, CUSTOMER_PARENT, ACCOUNT_PARENT, RESPONSIBLE_ACCOUNT, *HISTORY]
    ]
