"""What follows from new edges costs little more for a set of them than for one.

Openings get into the history by statement, not by row; what stands there is as before. The mark of who is managed without
end is looked up account by account in the index of the edges, whatever the planner believes about the size of the tables.
"""

from django.db import migrations

MARK = """
CREATE OR REPLACE FUNCTION banyan_mark_managed(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
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
"""


def record_openings(table: str, subject_kind: str, subject: str, target: str, field: str) -> str:
    """{field: [old target, new target], "effective_date": [null, first day]} for each edge of the statement."""
    function = f"banyan_record_openings_of_{table}"
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $record$
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        SELECT coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', '{subject_kind}',
            opened.{subject}, jsonb_build_object(
                '{field}', jsonb_build_array(
                    (SELECT edge.{target} FROM {table} edge
                     WHERE edge.{subject} = opened.{subject} AND upper(edge.during) = lower(opened.during)),
                    opened.{target}),
                'effective_date', jsonb_build_array(NULL, lower(opened.during)))
        FROM opened ORDER BY opened.id
    $record$;
    RETURN NULL;
END $$;
DROP TRIGGER record_opening ON {table};
CREATE TRIGGER record_openings AFTER INSERT ON {table} REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0004_marks_of_the_managed")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in [
            MARK,
            record_openings("relations_customerparent", "customer", "customer_id", "parent_id", "parent"),
            record_openings("relations_accountparent", "account", "account_id", "parent_id", "parent"),
            record_openings(
                "relations_responsibleaccount",
                "account",
                "account_id",
                "responsible_account_id",
                "responsible_account",
            ),
        ]
    ]
