"""Every bill run writes how far each item is billed: with room on the page an item stays where it is, and its indexes too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_guards")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE subscriptions_subscriptionitem SET (fillfactor = 50)",
            "ALTER TABLE subscriptions_subscriptionitem RESET (fillfactor)",
        )
    ]
