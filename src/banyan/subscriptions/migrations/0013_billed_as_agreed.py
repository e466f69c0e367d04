"""What was billed keeps what it was billed for (REL-B).

- How far an item is billed goes on only by billing, which says so (`banyan.billing`). Set ahead by hand, an item would never be
  charged for the days between.
- Once an item is billed, its price and quantity change by terms that hold from a day on (SUB-8), and a charge stays as it was
  billed.

The guards look at columns that a bill run doesn't write, or at a setting first, so they cost it nothing that can be measured.
"""

from django.db import migrations

BILLED_BY_BILLING = """
CREATE FUNCTION banyan_guard_billed_until() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item % would be billed until % without a bill; only billing moves that on', NEW.id, NEW.billed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'only_billing_moves_billed_until_on';
END $$;
CREATE TRIGGER guard_billed_until BEFORE UPDATE OF billed_until ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (coalesce(current_setting('banyan.billing', true), '') = '' AND NEW.billed_until IS NOT NULL
          AND (OLD.billed_until IS NULL OR NEW.billed_until > OLD.billed_until))
    EXECUTE FUNCTION banyan_guard_billed_until();
CREATE TRIGGER guard_billed_at_first BEFORE INSERT ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (NEW.billed_until IS NOT NULL) EXECUTE FUNCTION banyan_guard_billed_until();
"""

AS_AGREED = """
CREATE FUNCTION banyan_guard_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item % is billed until %; change its price or quantity by terms from a day on', OLD.id, OLD.billed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_item_changes_by_terms';
END $$;
CREATE TRIGGER guard_agreed BEFORE UPDATE OF subscription_id, price_id, quantity ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (OLD.billed_until IS NOT NULL AND (NEW.subscription_id, NEW.price_id, NEW.quantity)
          IS DISTINCT FROM (OLD.subscription_id, OLD.price_id, OLD.quantity))
    EXECUTE FUNCTION banyan_guard_agreed();
CREATE FUNCTION banyan_guard_billed_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'charge % is billed and stays as it is; void its invoice first', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_charge_never_changes';
END $$;
CREATE TRIGGER guard_billed_charge BEFORE UPDATE OF account_id, product_id, description, amount, date ON subscriptions_charge
    FOR EACH ROW WHEN (OLD.billed AND (NEW.account_id, NEW.product_id, NEW.description, NEW.amount, NEW.date)
                       IS DISTINCT FROM (OLD.account_id, OLD.product_id, OLD.description, OLD.amount, OLD.date))
    EXECUTE FUNCTION banyan_guard_billed_charge();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0012_payers_by_end")]
    operations = [
        migrations.RunSQL(BILLED_BY_BILLING, migrations.RunSQL.noop),
        migrations.RunSQL(AS_AGREED, migrations.RunSQL.noop),
    ]
