"""Price and quantity of an item are agreed each by itself (SUB-8)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_histories"), ("subscriptions", "0014_numbers")]
    operations = [
        migrations.AlterField(
            model_name="itemterms",
            name="price",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.price"
            ),
        ),
        migrations.AlterField(
            model_name="itemterms",
            name="quantity",
            field=models.DecimalField(decimal_places=12, max_digits=30, null=True),
        ),
    ]
