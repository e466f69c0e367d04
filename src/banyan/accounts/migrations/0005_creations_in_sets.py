"""Customers and accounts come in large sets; their creation is recorded by statement (ACC-16)."""

from django.db import migrations

from banyan.foundation.history import record_creations_in_sets


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_histories")]
    operations = [
        record_creations_in_sets("accounts_customer", "customer", skip=("created_at",)),
        record_creations_in_sets("accounts_account", "account", skip=("created_at",)),
    ]
