"""Whether many new edges close a cycle among accounts is found from the roots: all above them is looked at once, not once
for each edge, so that a chain that comes in as a set takes no longer the deeper it is.

What 0003 guards holds as before. A few edges are walked up from, as in 0007. Above many, each account is followed from a root
down, on the days on which all edges in between hold; on a day on which an account is not reached in that way it is above
itself. OFFSET keeps the planner from reading all edges at every level.
"""

from django.db import migrations

ACCOUNT_PARENTS = """
CREATE OR REPLACE FUNCTION banyan_guard_account_parents() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("relations", "0009_links_over_where_the_owner_is")]
    operations = [migrations.RunSQL(ACCOUNT_PARENTS, migrations.RunSQL.noop)]
