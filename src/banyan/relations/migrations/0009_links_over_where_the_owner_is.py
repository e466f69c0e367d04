"""Whether a link is over (BHI-6), the day in the owner's time zone tells (DAT-2), here as in the code."""

from importlib import import_module

from django.db import migrations

EARLIER: str = import_module("banyan.relations.migrations.0008_links_that_are_over").RESPONSIBLE_ACCOUNTS
WHERE_THE_OWNER_IS = EARLIER.replace(
    "        JOIN accounts_account responsible",
    "        JOIN accounts_owner owner ON owner.id = account.owner_id\n        JOIN accounts_account responsible",
).replace("> current_date", "> (now() AT TIME ZONE owner.time_zone)::date")


class Migration(migrations.Migration):
    dependencies = [("relations", "0008_links_that_are_over")]
    operations = [migrations.RunSQL(WHERE_THE_OWNER_IS, migrations.RunSQL.noop)]
