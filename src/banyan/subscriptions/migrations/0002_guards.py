"""What was billed can't be deleted: invoice lines refer to it without a foreign key."""

from django.db import migrations

BILLED_STAYS = """
CREATE FUNCTION banyan_guard_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was billed and stays for the record', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_billed_stays';
END $$;
CREATE TRIGGER guard_billed BEFORE DELETE ON subscriptions_subscriptionitem FOR EACH ROW
    WHEN (OLD.billed_until IS NOT NULL) EXECUTE FUNCTION banyan_guard_billed();
CREATE TRIGGER guard_billed BEFORE DELETE ON subscriptions_charge FOR EACH ROW
    WHEN (OLD.billed) EXECUTE FUNCTION banyan_guard_billed();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]
    operations = [migrations.RunSQL(BILLED_STAYS, migrations.RunSQL.noop)]
