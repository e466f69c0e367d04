"""A run keeps how far every item was billed before, so that it can be taken back exactly (RUN-8)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0007_reissues")]
    operations = [
        migrations.CreateModel(
            name="BilledBefore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bill_run_id", models.BigIntegerField()),
                ("first_payer", models.BigIntegerField()),
                ("last_payer", models.BigIntegerField()),
                ("billed_until", models.DateField(null=True)),
                ("changed_from", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("items", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("payers", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                "verbose_name_plural": "billed before",
                "indexes": [models.Index(fields=["bill_run_id", "first_payer"], name="billed_before_by_run")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("items__len", models.F("payers__len"))),
                        name="billed_before_has_a_payer_an_item",
                    )
                ],
            },
        ),
    ]
