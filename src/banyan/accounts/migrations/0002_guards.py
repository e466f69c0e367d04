"""What the database itself refuses about customers and accounts, and their history (ACC-16)."""

from django.db import migrations

from banyan.foundation.history import record_history

NUMBERS_ARE_FIXED = """
CREATE FUNCTION banyan_guard_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'number % never changes', OLD.number
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_number_is_fixed';
END $$;
CREATE TRIGGER guard_number BEFORE UPDATE OF number ON accounts_account FOR EACH ROW
    WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION banyan_guard_number();
CREATE TRIGGER guard_number BEFORE UPDATE OF number ON accounts_customer FOR EACH ROW
    WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION banyan_guard_number();
"""

ONE_DEFAULT_ACCOUNT = """
CREATE FUNCTION banyan_guard_default_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    customer bigint;
BEGIN
    IF TG_TABLE_NAME = 'accounts_customer' THEN customer := NEW.id; ELSE customer := OLD.customer_id; END IF;
    IF EXISTS (SELECT 1 FROM accounts_customer WHERE id = customer)
       AND NOT EXISTS (SELECT 1 FROM accounts_account WHERE customer_id = customer AND is_default) THEN
        RAISE EXCEPTION 'customer % has no default account', customer
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_always_has_a_default_account';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER guard_default_account AFTER INSERT ON accounts_customer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_default_account();
CREATE CONSTRAINT TRIGGER guard_default_account_update AFTER UPDATE OF is_default, customer_id ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION banyan_guard_default_account();
CREATE CONSTRAINT TRIGGER guard_default_account_delete AFTER DELETE ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION banyan_guard_default_account();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("foundation", "0001_initial")]
    operations = [
        migrations.RunSQL(NUMBERS_ARE_FIXED, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_DEFAULT_ACCOUNT, migrations.RunSQL.noop),
        record_history("accounts_customer", "customer", skip=("created_at",)),
        record_history("accounts_account", "account", skip=("created_at",)),
        record_history("accounts_accounttype", "account_type"),
        record_history("accounts_owner", "owner"),
        record_history("accounts_billcycle", "bill_cycle"),
    ]
