"""Accounts that are managed without end are marked, so that an index knows the others (PERF-5, BHI-2).

Who is managed without end can't become responsible on any day. The mark follows the links in the statement that changes
them; the accounts are locked in the order of their ids. It is no field of Django's model, which would write it back as it
was read, and nothing else sets it: a row in which it changes has nothing for the history.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION banyan_mark_managed(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $mark$
        WITH is_now AS (
            SELECT id, EXISTS (SELECT FROM relations_responsibleaccount edge
                               WHERE edge.account_id = account.id AND upper_inf(edge.during)) AS managed
            FROM accounts_account account WHERE id = ANY($1)
        ), marked AS (
            SELECT account.id, is_now.managed FROM accounts_account account JOIN is_now USING (id)
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
"""

TRIGGERS = """
CREATE TRIGGER mark_linked AFTER INSERT ON relations_responsibleaccount REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_linked();
CREATE TRIGGER mark_unlinked AFTER DELETE ON relations_responsibleaccount REFERENCING OLD TABLE AS closed
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_unlinked();
CREATE TRIGGER mark_changed AFTER UPDATE ON relations_responsibleaccount
    REFERENCING NEW TABLE AS opened OLD TABLE AS closed FOR EACH STATEMENT EXECUTE FUNCTION banyan_mark_changed();
"""

COLUMN = """
ALTER TABLE accounts_account ADD COLUMN managed_without_end boolean NOT NULL DEFAULT false;
ALTER TABLE accounts_account DISABLE TRIGGER USER;
UPDATE accounts_account SET managed_without_end = true
    WHERE id IN (SELECT account_id FROM relations_responsibleaccount WHERE upper_inf(during));
ALTER TABLE accounts_account ENABLE TRIGGER USER;
CREATE INDEX unmanaged_account_by_number ON accounts_account (owner_id, bill_cycle_id, currency, number)
    WHERE status = 'active' AND NOT managed_without_end;
"""

HISTORY = """
DROP TRIGGER record_history ON accounts_account;
DROP TRIGGER record_creations ON accounts_account;
CREATE TRIGGER record_history AFTER UPDATE ON accounts_account
    FOR EACH ROW WHEN (OLD.managed_without_end = NEW.managed_without_end)
    EXECUTE FUNCTION banyan_record_history('account', '{created_at,search,managed_without_end}');
CREATE TRIGGER record_deletions AFTER DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('account', '{created_at,search,managed_without_end}');
CREATE TRIGGER record_creations AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT
    EXECUTE FUNCTION banyan_record_creations('account', '{created_at,search,managed_without_end}');
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0003_guards_of_sets"), ("accounts", "0008_words_of_both")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in [COLUMN, HISTORY, FUNCTION, TRIGGERS]]
