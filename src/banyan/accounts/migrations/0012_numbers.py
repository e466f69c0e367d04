"""Numbers come from sequences of their own: row ids are used up by what is only looked at as well."""

from django.db import migrations

from banyan.foundation.numbering import numbers_from


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_taxes_of_owners")]
    operations = [
        numbers_from("accounts_account"),
        numbers_from("accounts_customer"),
    ]
