"""Rows of who pays are found by when they end, and so are those that a change is told with (ACC-16, PERF-5).

A subscription keeps a row for each payer that it ever had. A change looks at those that end on its day or later; found by
subscription alone, each of those before was read as well, four times.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

import banyan.subscriptions.models

OPENED = """
SELECT opened.subscription_id, lower(opened.during) AS day,
    before.mode AS old_mode, before.group_id AS old_group, NULL::date AS old_until,
    opened.mode AS new_mode, opened.group_id AS new_group, upper(opened.during) AS new_until
FROM opened LEFT JOIN subscriptions_whopays before
    ON before.subscription_id = opened.subscription_id
    AND coalesce(upper(before.during), DATE 'infinity') = lower(opened.during)
    AND (before.mode, before.group_id) IS DISTINCT FROM (opened.mode, opened.group_id)
"""

# Another way or group, or a later end; or an earlier end that nothing follows.
CHANGED = """
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
"""

DROPPED = """
SELECT dropped.subscription_id, lower(dropped.during) AS day,
    dropped.mode AS old_mode, dropped.group_id AS old_group, upper(dropped.during) AS old_until,
    now.mode AS new_mode, now.group_id AS new_group, upper(now.during) AS new_until
FROM dropped LEFT JOIN subscriptions_whopays now
    ON now.subscription_id = dropped.subscription_id AND now.during @> lower(dropped.during)
    AND coalesce(upper(now.during), DATE 'infinity') > lower(dropped.during)
WHERE (dropped.mode, dropped.group_id) IS DISTINCT FROM (now.mode, now.group_id)
"""

record_payers = import_module("banyan.subscriptions.migrations.0011_histories").record_payers
TRIGGERS = [
    record_payers("openings", "INSERT", "NEW TABLE AS opened", "opened", OPENED),
    record_payers("changes", "UPDATE", "OLD TABLE AS closed NEW TABLE AS changed", "changed", CHANGED),
    record_payers("droppings", "DELETE", "OLD TABLE AS dropped", "dropped", DROPPED),
]
WITHOUT = "DROP FUNCTION banyan_record_payers_openings, banyan_record_payers_changes, banyan_record_payers_droppings CASCADE"


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0011_histories")]
    operations = [
        migrations.AlterField(
            model_name="whopays",
            name="subscription",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="who_pays",
                to="subscriptions.subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="whopays",
            index=models.Index(
                F("subscription_id"), banyan.subscriptions.models.End("during"), name="who_pays_by_end"
            ),
        ),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (WITHOUT, *TRIGGERS)),
    ]
