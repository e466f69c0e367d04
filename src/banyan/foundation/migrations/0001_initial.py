import django.db.models.functions.datetime
from django.db import migrations, models

from banyan.foundation.history import KEEP, RECORD, record_history


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Setting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, unique=True)),
                ("value", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("actor", models.TextField()),
                ("action", models.CharField(max_length=10)),
                ("subject_kind", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("changes", models.JSONField()),
            ],
            options={
                "verbose_name_plural": "history entries",
                "indexes": [models.Index(fields=["subject_kind", "subject_id", "id"], name="history_of_subject")],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255)),
                ("method", models.CharField(max_length=10)),
                ("path", models.TextField()),
                ("request_digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("body", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "method", "path"), name="idempotency_key_once")],
            },
        ),
        migrations.RunSQL(RECORD, "DROP FUNCTION banyan_record_history()"),
        migrations.RunSQL(KEEP, "DROP FUNCTION banyan_keep_history() CASCADE"),
        record_history("foundation_setting", "setting"),
    ]
