"""Numbers come from sequences of their own: row ids are used up by what is only looked at as well."""

from django.db import migrations

from banyan.foundation.numbering import numbers_from


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_ends_and_history")]
    operations = [
        numbers_from("contracts_contract"),
    ]
