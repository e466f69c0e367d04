"""An issued invoice never changes (INV-6); accounts and groups that invoices refer to stay."""

from django.db import migrations

INVOICES_ARE_FIXED = """
CREATE FUNCTION banyan_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' AND NEW.status <> 'draft'
       AND (OLD.status <> 'void' OR NEW.status = 'void') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is issued and never changes; void it instead', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;
CREATE TRIGGER guard_invoice BEFORE UPDATE OR DELETE ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoice();

CREATE FUNCTION banyan_guard_invoice_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'live' = to_jsonb(OLD) - 'live' AND OLD.live AND NOT NEW.live THEN
        RETURN NEW;
    END IF;
    IF (SELECT status = 'draft' FROM invoices_invoice WHERE id = OLD.invoice_id) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'line % is on an issued invoice and never changes', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;
CREATE TRIGGER guard_invoice_line BEFORE UPDATE OR DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoice_line();

CREATE FUNCTION banyan_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'issued invoices are never deleted'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON invoices_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_truncate();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON invoices_invoiceline
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_truncate();
"""

INVOICED_STAYS = """
CREATE FUNCTION banyan_guard_invoiced_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoice WHERE account_id = OLD.id) THEN
        RAISE EXCEPTION 'account % has invoices and stays for the record', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_invoiced_stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_invoiced BEFORE DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoiced_account();

CREATE FUNCTION banyan_guard_invoiced_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoice WHERE group_id = OLD.id) THEN
        RAISE EXCEPTION 'group % has invoices and stays for the record', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_invoiced_stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_invoiced BEFORE DELETE ON subscriptions_subscriptiongroup
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoiced_group();

CREATE FUNCTION banyan_guard_invoice_prefix() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoicecounter WHERE owner_id = OLD.id AND last_number > 0) THEN
        RAISE EXCEPTION 'prefix % is on issued invoices and never changes', OLD.invoice_prefix
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_invoice_prefix_in_use_never_changes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_invoice_prefix BEFORE UPDATE OF invoice_prefix ON accounts_owner FOR EACH ROW
    WHEN (NEW.invoice_prefix <> OLD.invoice_prefix) EXECUTE FUNCTION banyan_guard_invoice_prefix();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial"), ("accounts", "0002_guards")]
    operations = [
        migrations.RunSQL(INVOICES_ARE_FIXED, migrations.RunSQL.noop),
        migrations.RunSQL(INVOICED_STAYS, migrations.RunSQL.noop),
    ]
