"""The column that holds the first day that is not covered any more is called so (DAT-1)."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_numbers"), ("subscriptions", "0016_terms_split")]
    operations = [
        migrations.RemoveConstraint("contract", "contract_ends_after_it_starts"),
        migrations.RemoveConstraint("contract", "contract_that_renews_has_a_term"),
        migrations.RenameField("contract", "end_date", "ends_before"),
        migrations.AddConstraint(
            "contract",
            models.CheckConstraint(
                condition=Q(ends_before__isnull=True) | Q(ends_before__gt=F("start_date")),
                name="contract_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            "contract",
            models.CheckConstraint(
                condition=Q(renewal_months__isnull=True) | Q(renewal_months__gt=0, ends_before__isnull=False),
                name="contract_that_renews_has_a_term",
            ),
        ),
    ]
