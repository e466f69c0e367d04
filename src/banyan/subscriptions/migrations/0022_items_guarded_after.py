"""What guards an item looks at it after an update: a guard that looks before has PostgreSQL lock each row first, which is a
write of its own for every item of a bill run. It refuses the same with the same words. A schema that the first migration
made has them already.
"""

from django.db import migrations

AFTER = """
DROP TRIGGER guard_billed_until ON subscriptions_subscriptionitem;
CREATE TRIGGER guard_billed_until AFTER UPDATE OF billed_until ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (coalesce(current_setting('banyan.billing', true), '') = '' AND NEW.billed_until IS NOT NULL
          AND (OLD.billed_until IS NULL OR NEW.billed_until > OLD.billed_until))
    EXECUTE FUNCTION banyan_guard_billed_until();
DROP TRIGGER guard_agreed ON subscriptions_subscriptionitem;
CREATE TRIGGER guard_agreed AFTER UPDATE OF subscription_id, price_id, quantity ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (OLD.billed_until IS NOT NULL AND (NEW.subscription_id, NEW.price_id, NEW.quantity)
          IS DISTINCT FROM (OLD.subscription_id, OLD.price_id, OLD.quantity))
    EXECUTE FUNCTION banyan_guard_agreed();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_schema")]
    operations = [migrations.RunSQL(AFTER, migrations.RunSQL.noop)]
