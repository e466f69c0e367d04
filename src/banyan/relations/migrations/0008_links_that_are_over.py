"""Who was linked once may have another currency and bill cycle by now (BHI-6), so a link that is over asks only for the owner.

A link without end, or with one that is to come, asks for all three as before (BHI-2).
"""

from django.db import migrations

RESPONSIBLE_ACCOUNTS = """
CREATE OR REPLACE FUNCTION banyan_guard_responsible_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    EXECUTE $check$
        SELECT opened.account_id, opened.responsible_account_id FROM opened
        JOIN accounts_account account ON account.id = opened.account_id
        JOIN accounts_account responsible ON responsible.id = opened.responsible_account_id
        WHERE account.owner_id <> responsible.owner_id
            OR (coalesce(upper(opened.during) > current_date, true)
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
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0007_walks_by_parent")]
    operations = [migrations.RunSQL(RESPONSIBLE_ACCOUNTS, migrations.RunSQL.noop)]
