"""Whether an account would be above itself is looked up once for all new edges that lead to one parent on the same days.

From each such parent all above it are walked up to; an edge is wrong if its account is among them. What 0003 guards holds
as before: who leaves thousands of children with a parent deep below others walks up once, not once for each child.
"""

from django.db import migrations

ACCOUNT_PARENTS = """
CREATE OR REPLACE FUNCTION banyan_guard_account_parents() RETURNS trigger LANGUAGE plpgsql AS $$
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
        WITH RECURSIVE above(parent_id, first_during, during, id) AS (
            SELECT DISTINCT parent_id, during, during, parent_id FROM opened
            UNION
            SELECT above.parent_id, above.first_during, above.during * edge.during, edge.parent_id
            FROM above JOIN relations_accountparent edge ON edge.account_id = above.id AND edge.during && above.during
        )
        SELECT opened.account_id FROM opened JOIN above
            ON above.parent_id = opened.parent_id AND above.first_during = opened.during AND above.id = opened.account_id
        LIMIT 1
    $check$ INTO broken;
    IF broken.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'account % would be above itself', broken.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_hierarchy_has_no_cycle';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0006_days_as_boxes")]
    operations = [migrations.RunSQL(ACCOUNT_PARENTS, migrations.RunSQL.noop)]
