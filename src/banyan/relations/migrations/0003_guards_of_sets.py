"""New edges are checked by statement, not by row: what 0002 guards holds as before, and a set costs little more than one.

The queries are EXECUTEd so that each is planned for the table as it is then: a plan made while the table was empty would
look at all of it for every edge. An edge that is stored with its end also has its end in the history, unless another
follows right there.
"""

from django.db import migrations

CUSTOMER_PARENTS = """
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
"""

ACCOUNT_PARENTS = """
CREATE FUNCTION banyan_guard_account_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
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
    EXECUTE $check$
        WITH RECURSIVE above(start, during, id) AS (
            SELECT account_id, during, parent_id FROM opened
            UNION
            SELECT above.start, above.during * edge.during, edge.parent_id
            FROM above JOIN relations_accountparent edge ON edge.account_id = above.id AND edge.during && above.during
            WHERE above.id <> above.start
        )
        SELECT start FROM above WHERE id = start LIMIT 1
    $check$ INTO broken;
    IF broken.start IS NOT NULL THEN
        RAISE EXCEPTION 'account % would be above itself', broken.start
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_hierarchy_has_no_cycle';
    END IF;
    RETURN NULL;
END $$;
"""

RESPONSIBLE_ACCOUNTS = """
CREATE FUNCTION banyan_guard_responsible_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    EXECUTE $check$
        SELECT opened.account_id, opened.responsible_account_id FROM opened
        JOIN accounts_account account ON account.id = opened.account_id
        JOIN accounts_account responsible ON responsible.id = opened.responsible_account_id
        WHERE (account.owner_id, account.currency, account.bill_cycle_id)
            <> (responsible.owner_id, responsible.currency, responsible.bill_cycle_id) LIMIT 1
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
"""

LOCK_FIRST = """
CREATE FUNCTION banyan_lock_relation_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM banyan_lock_relation(TG_ARGV[0]);
    RETURN NULL;
END $$;
"""


def guard_sets(table: str, kind: str, guard: str) -> str:
    """Lock before the rows go in, look at them all once they are in."""
    return f"""
DROP TRIGGER guard_insert ON {table};
CREATE TRIGGER lock_before_insert BEFORE INSERT ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_lock_relation_first('{kind}');
CREATE TRIGGER guard_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION {guard}();
"""


def record_ends(table: str, subject_kind: str, subject: str, target: str, field: str) -> str:
    """An edge that came with its end: {field: [target, null], "effective_date": [null, end]}."""
    function = f"banyan_record_end_of_{table}"
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM {table} edge WHERE edge.id = NEW.id AND edge.during = NEW.during)
       AND NOT EXISTS (SELECT 1 FROM {table} edge
                       WHERE edge.{subject} = NEW.{subject} AND lower(edge.during) = upper(NEW.during)) THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', '{subject_kind}',
                NEW.{subject}, jsonb_build_object('{field}', jsonb_build_array(NEW.{target}, NULL),
                                                  'effective_date', jsonb_build_array(NULL, upper(NEW.during))));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER record_end AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT upper_inf(NEW.during)) EXECUTE FUNCTION {function}();
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0002_guards")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in [
            LOCK_FIRST,
            CUSTOMER_PARENTS,
            ACCOUNT_PARENTS,
            RESPONSIBLE_ACCOUNTS,
            guard_sets("relations_customerparent", "customer_parent", "banyan_guard_customer_parents"),
            guard_sets("relations_accountparent", "account_parent", "banyan_guard_account_parents"),
            guard_sets("relations_responsibleaccount", "responsible_account", "banyan_guard_responsible_accounts"),
            record_ends("relations_customerparent", "customer", "customer_id", "parent_id", "parent"),
            record_ends("relations_accountparent", "account", "account_id", "parent_id", "parent"),
            record_ends(
                "relations_responsibleaccount",
                "account",
                "account_id",
                "responsible_account_id",
                "responsible_account",
            ),
        ]
    ]
