"""Numbers come from sequences of their own: row ids are used up by what is only looked at as well."""

from django.db import migrations

from banyan.foundation.numbering import numbers_from


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0013_billed_as_agreed")]
    operations = [
        numbers_from("subscriptions_subscription"),
        numbers_from("subscriptions_order"),
    ]
