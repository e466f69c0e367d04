"""The columns that hold the first day that is no longer served are called so (DAT-1), also where the database itself looks
at them.
"""

from django.db import migrations

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
    dependencies = [("contracts", "0003_ends_before"), ("subscriptions", "0014_terms_split")]
    operations = [
        migrations.RenameField("subscription", "end_date", "ends_before"),
        migrations.RenameField("order", "end_date", "ends_before"),
        migrations.RunSQL(WITHIN_CONTRACT, migrations.RunSQL.noop),
    ]
