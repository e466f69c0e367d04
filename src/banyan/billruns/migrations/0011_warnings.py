"""What looks absurd on a run is told with it (RUN-10). Runs from before were not looked at: they have no warnings."""

import django.db.models.deletion
from django.db import migrations, models

from banyan.foundation.history import record_history

BEFORE = (
    "created_at", "started_at", "step_began_at", "finished_at", "planned_in", "payers_total", "certificate",
    "second_opinion", "trouble",
)  # fmt: skip
BY_WORKERS = (*BEFORE, "warnings_in_all")
WATCHED_BEFORE = record_history("billruns_billrun", "bill_run", BEFORE).sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_words_of_both"), ("billruns", "0010_who_did_it")]
    operations = [
        migrations.AddField("billrun", "warnings_in_all", models.IntegerField(db_default=0)),
        migrations.CreateModel(
            name="RunWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=50)),
                ("message", models.TextField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="warnings", to="billruns.billrun"
                    ),
                ),
            ],
        ),
        migrations.RunSQL("DROP TRIGGER record_history ON billruns_billrun", WATCHED_BEFORE),
        record_history("billruns_billrun", "bill_run", BY_WORKERS),
    ]
