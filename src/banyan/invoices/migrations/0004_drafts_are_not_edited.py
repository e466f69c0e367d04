"""A draft is issued as it was looked at, or deleted: nothing else of it changes (RUN-7)."""

from django.db import migrations

DRAFTS_ARE_NOT_EDITED = """
CREATE OR REPLACE FUNCTION banyan_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' AND (TG_OP = 'DELETE' OR (
            NEW.status IN ('open', 'paid')
            AND to_jsonb(NEW) - '{status,sequence_number}'::text[] = to_jsonb(OLD) - '{status,sequence_number}'::text[])) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF OLD.status = 'draft' THEN
        RAISE EXCEPTION 'invoice % is a draft and never changes; approve or discard its bill run instead', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_draft_is_not_edited';
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' AND NEW.status <> 'draft'
       AND (OLD.status <> 'void' OR NEW.status = 'void') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is issued and never changes; void it instead', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;

CREATE OR REPLACE FUNCTION banyan_guard_invoice_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'live' = to_jsonb(OLD) - 'live' AND OLD.live AND NOT NEW.live THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND (SELECT status = 'draft' FROM invoices_invoice WHERE id = OLD.invoice_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'line % is on an invoice and never changes', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_reverse_charge")]
    operations = [migrations.RunSQL(DRAFTS_ARE_NOT_EDITED, migrations.RunSQL.noop)]
