-- The ledger is append-only (LED-1): a posting is never changed or deleted, only reversed by another.
CREATE FUNCTION banyan_guard_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only; post the reverse instead'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'the_ledger_is_append_only';
END $$;

CREATE TRIGGER guard_ledger BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_ledger();

CREATE TRIGGER guard_ledger_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_ledger();
