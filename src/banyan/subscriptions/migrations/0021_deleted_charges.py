"""An account's page lists the charges that were deleted (RUN-11): these entries of the history are found by account."""

from django.db import migrations

INDEX = """
CREATE INDEX history_of_deleted_charges ON foundation_historyentry ((changes -> 'account_id'))
    WHERE subject_kind = 'charge' AND action = 'deleted'
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0020_charges"), ("foundation", "0005_reasons")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX history_of_deleted_charges")]
