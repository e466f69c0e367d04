-- When a contract ends on a day, what is fixed about its documents, and its history (CTR-1).
CREATE FUNCTION banyan_end_of_contract(agreed date, renewal_months integer, on_day date) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN renewal_months IS NULL OR agreed > on_day THEN agreed ELSE (
        SELECT min(term_end) FROM (
            SELECT (agreed + make_interval(months => renewal_months * (terms_begun + further)))::date AS term_end
            FROM (SELECT ((extract(year FROM on_day) - extract(year FROM agreed)) * 12
                          + extract(month FROM on_day) - extract(month FROM agreed))::integer / renewal_months) AS begun(terms_begun),
                 generate_series(0, 1) AS further
        ) AS terms WHERE term_end > on_day
    ) END
$$;

CREATE FUNCTION banyan_guard_contract_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'document % never changes; attach another one', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_document_never_changes';
END $$;

CREATE FUNCTION banyan_record_contracts_contractdocument() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    entry contracts_contractdocument;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        entry := OLD; before := jsonb_build_object('name', entry.name, 'media_type', entry.media_type, 'size', entry.size);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        entry := NEW; after := jsonb_build_object('name', entry.name, 'media_type', entry.media_type, 'size', entry.size);
    END IF;
    IF before IS DISTINCT FROM after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'contract',
                entry.contract_id, jsonb_build_object('document', jsonb_build_array(before, after)));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_document BEFORE UPDATE ON contracts_contractdocument
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_contract_document();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON contracts_contract
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('contract', '{created_at}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON contracts_contractdocument
    FOR EACH ROW EXECUTE FUNCTION banyan_record_contracts_contractdocument();

-- Numbers come from sequences of their own: row ids are used up by what is only looked at as well.
CREATE SEQUENCE contracts_contract_numbers OWNED BY contracts_contract.number;
