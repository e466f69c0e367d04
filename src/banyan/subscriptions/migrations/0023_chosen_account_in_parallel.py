"""The account chosen for a charge is only looked up, so PostgreSQL may do it in several processes at once. Without being told it
keeps a whole statement that asks for it to one, as that of a bill run's certificate, during which other workers wait.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0022_items_guarded_after")]
    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION banyan_account_chosen_for(bigint, date) PARALLEL SAFE",
            "ALTER FUNCTION banyan_account_chosen_for(bigint, date) PARALLEL UNSAFE",
        )
    ]
