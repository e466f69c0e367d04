"""Who started, approved, discarded, reversed or retried a run, and why (RUN-11)."""

from django.db import migrations, models

from banyan.foundation.history import record_history

BY_WORKERS = (
    "created_at", "started_at", "step_began_at", "finished_at", "planned_in", "payers_total", "certificate",
    "second_opinion", "trouble",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("billruns", "0009_states_before_in_sets"), ("foundation", "0001_initial")]
    operations = [
        migrations.AddField("billrun", "reason", models.TextField(db_default="")),
        record_history("billruns_billrun", "bill_run", BY_WORKERS),
    ]
