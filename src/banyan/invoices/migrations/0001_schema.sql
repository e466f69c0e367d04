-- An issued invoice never changes (INV-6); accounts and groups that invoices refer to stay.
CREATE FUNCTION banyan_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given_on_issue text[] := '{status,sequence_number,seller_version,buyer_version,term_version,account_versions}';
BEGIN
    IF OLD.status = 'draft' AND (TG_OP = 'DELETE' OR (
            NEW.status IN ('open', 'paid') AND to_jsonb(NEW) - given_on_issue = to_jsonb(OLD) - given_on_issue)) THEN
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

CREATE FUNCTION banyan_guard_invoice_line() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION banyan_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'issued invoices are never deleted'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_issued_invoice_never_changes';
END $$;

CREATE FUNCTION banyan_guard_invoiced_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoice WHERE account_id = OLD.id) THEN
        RAISE EXCEPTION 'account % has invoices and stays for the record', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_invoiced_stays';
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION banyan_guard_invoiced_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoice WHERE group_id = OLD.id) THEN
        RAISE EXCEPTION 'group % has invoices and stays for the record', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_invoiced_stays';
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION banyan_guard_invoice_prefix() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoicecounter WHERE owner_id = OLD.id AND last_number > 0) THEN
        RAISE EXCEPTION 'prefix % is on issued invoices and never changes', OLD.invoice_prefix
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_invoice_prefix_in_use_never_changes';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_invoice BEFORE UPDATE OR DELETE ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoice();

CREATE TRIGGER guard_invoice_line BEFORE UPDATE OR DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoice_line();

CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON invoices_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_truncate();

CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON invoices_invoiceline
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_truncate();

CREATE TRIGGER guard_invoiced BEFORE DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoiced_account();

CREATE TRIGGER guard_invoiced BEFORE DELETE ON subscriptions_subscriptiongroup
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_invoiced_group();

CREATE TRIGGER guard_invoice_prefix BEFORE UPDATE OF invoice_prefix ON accounts_owner FOR EACH ROW
    WHEN (NEW.invoice_prefix <> OLD.invoice_prefix) EXECUTE FUNCTION banyan_guard_invoice_prefix();

-- What was issued is sealed, so that it can be compared for ever (REL-C), and numbers are never given back (INV-3).
CREATE FUNCTION banyan_guard_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a seal on issued invoices is never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_seal_never_changes';
END $$;

CREATE FUNCTION banyan_guard_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'owner % has given numbers up to %; no number is given twice, so the counter only goes up',
        OLD.owner_id, OLD.last_number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_never_given_back';
END $$;

CREATE TRIGGER guard_seal BEFORE UPDATE OR DELETE ON invoices_invoiceseal
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_seal();

CREATE TRIGGER guard_seal_truncate BEFORE TRUNCATE ON invoices_invoiceseal
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_seal();

CREATE TRIGGER guard_counter BEFORE UPDATE ON invoices_invoicecounter FOR EACH ROW
    WHEN (NEW.last_number < OLD.last_number OR NEW.owner_id <> OLD.owner_id) EXECUTE FUNCTION banyan_guard_counter();

CREATE TRIGGER guard_counter_delete BEFORE DELETE ON invoices_invoicecounter FOR EACH ROW
    WHEN (OLD.last_number > 0) EXECUTE FUNCTION banyan_guard_counter();

-- A reissued invoice says again what a void one said, and nothing else (INV-10).
CREATE FUNCTION banyan_guard_reissue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM invoices_invoice replaced
        WHERE replaced.id = NEW.reissue_of AND replaced.status = 'void' AND NEW.status <> 'draft'
          AND (replaced.owner_id, replaced.account_id, replaced.bill_run_id, replaced.currency, replaced.gross, replaced.discount, replaced.tax)
            = (NEW.owner_id, NEW.account_id, NEW.bill_run_id, NEW.currency, NEW.gross, NEW.discount, NEW.tax)
          AND (replaced.for_account_id, replaced.group_id, replaced.subscription_id, replaced.charge_id)
            IS NOT DISTINCT FROM (NEW.for_account_id, NEW.group_id, NEW.subscription_id, NEW.charge_id)
    ) THEN
        RAISE EXCEPTION 'invoice % does not say what invoice % said, or that one is not void', NEW.id, NEW.reissue_of
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_reissue_says_what_a_void_invoice_said';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_reissue BEFORE INSERT ON invoices_invoice FOR EACH ROW
    WHEN (NEW.reissue_of IS NOT NULL) EXECUTE FUNCTION banyan_guard_reissue();

-- How items stood before is kept as it comes: compressing its arrays took three quarters of the time of writing them.
ALTER TABLE invoices_billedbefore ALTER COLUMN items SET STORAGE EXTERNAL, ALTER COLUMN payers SET STORAGE EXTERNAL;
