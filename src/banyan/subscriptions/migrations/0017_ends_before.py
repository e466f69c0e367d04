"""The columns that hold the first day that is no longer served are called so (DAT-1), also where the database itself looks
at them.
"""

from django.db import migrations, models
from django.db.models import F, Q

WITHIN_CONTRACT = """
CREATE OR REPLACE FUNCTION banyan_is_within_contract(subscription subscriptions_subscription, contract contracts_contract)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT subscription.start_date >= contract.start_date
        AND coalesce(subscription.ends_before, 'infinity') <= greatest(subscription.start_date, coalesce(
            least(contract.terminated_on, CASE WHEN contract.renewal_months IS NULL THEN contract.ends_before END),
            'infinity'))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_ends_before"), ("subscriptions", "0016_terms_split")]
    operations = [
        migrations.RemoveConstraint("subscription", "subscription_ends_after_it_starts"),
        migrations.RenameField("subscription", "end_date", "ends_before"),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(ends_before__isnull=True) | Q(ends_before__gte=F("start_date")),
                name="subscription_ends_after_it_starts",
            ),
        ),
        migrations.RenameField("order", "end_date", "ends_before"),
        migrations.RunSQL(WITHIN_CONTRACT, migrations.RunSQL.noop),
    ]
