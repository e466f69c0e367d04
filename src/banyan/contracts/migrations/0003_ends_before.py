"""The column that holds the first day that is not covered any more is called so (DAT-1)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_ends_and_history"), ("subscriptions", "0014_terms_split")]
    operations = [migrations.RenameField("contract", "end_date", "ends_before")]
