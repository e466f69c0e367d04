"""The history's numbers are read as they were written, not as the nearest float; nothing changes in the database."""

from django.db import migrations, models

from banyan.kernel.decimals import ExactDecoder


class Migration(migrations.Migration):
    dependencies = [("foundation", "0005_reasons")]
    operations = [
        migrations.AlterField("historyentry", "changes", models.JSONField(decoder=ExactDecoder)),
    ]
