"""What happens to the catalogue is in the history, above all that something was deleted."""

from django.db import migrations

from banyan.foundation.history import record_history


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_guards"), ("foundation", "0001_initial")]
    operations = [
        record_history("catalog_product", "product"),
        record_history("catalog_meter", "meter"),
        record_history("catalog_price", "price"),
        record_history("catalog_discount", "discount", skip=("created_at",)),
        record_history("catalog_taxrate", "tax_rate"),
    ]
