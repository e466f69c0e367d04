"""A change is kept in the history with why it was made, where that is told (RUN-11)."""

from django.db import migrations

from banyan.foundation.history import RECORD


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_history_by_moment")]
    operations = [migrations.RunSQL(RECORD, migrations.RunSQL.noop)]
