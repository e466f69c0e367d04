-- What the database itself refuses about customers and accounts, and their history (ACC-16).
CREATE FUNCTION banyan_guard_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'number % never changes', OLD.number
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_number_is_fixed';
END $$;

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

CREATE TRIGGER guard_number BEFORE UPDATE OF number ON accounts_account FOR EACH ROW
    WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION banyan_guard_number();

CREATE TRIGGER guard_number BEFORE UPDATE OF number ON accounts_customer FOR EACH ROW
    WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION banyan_guard_number();

CREATE CONSTRAINT TRIGGER guard_default_account AFTER INSERT ON accounts_customer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_default_account();

CREATE CONSTRAINT TRIGGER guard_default_account_update AFTER UPDATE OF is_default, customer_id ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION banyan_guard_default_account();

CREATE CONSTRAINT TRIGGER guard_default_account_delete AFTER DELETE ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION banyan_guard_default_account();

CREATE TRIGGER record_history AFTER UPDATE OR DELETE ON accounts_customer
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('customer', '{created_at,search}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_accounttype
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('account_type', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_owner
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('owner', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_billcycle
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('bill_cycle', '{}');

-- The history of contacts and notes, on their account (ACC-12, ACC-16), and that of lists.
CREATE FUNCTION banyan_record_accounts_contact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    entry accounts_contact;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        entry := OLD; before := jsonb_build_object('name', entry.name, 'email', entry.email, 'phone', entry.phone,
            'category', (SELECT category.name FROM accounts_contactcategory category WHERE category.id = entry.category_id));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        entry := NEW; after := jsonb_build_object('name', entry.name, 'email', entry.email, 'phone', entry.phone,
            'category', (SELECT category.name FROM accounts_contactcategory category WHERE category.id = entry.category_id));
    END IF;
    IF before IS DISTINCT FROM after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
                entry.account_id, jsonb_build_object('contact', jsonb_build_array(before, after)));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_record_accounts_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    entry accounts_note;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        entry := OLD; before := to_jsonb(entry.text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        entry := NEW; after := to_jsonb(entry.text);
    END IF;
    IF before IS DISTINCT FROM after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'account',
                entry.account_id, jsonb_build_object('note', jsonb_build_array(before, after)));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_guard_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'note % keeps its account, author and time', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_note_keeps_its_author';
END $$;

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_contact
    FOR EACH ROW EXECUTE FUNCTION banyan_record_accounts_contact();
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_note
    FOR EACH ROW EXECUTE FUNCTION banyan_record_accounts_note();

CREATE TRIGGER guard_note BEFORE UPDATE ON accounts_note FOR EACH ROW
    WHEN ((NEW.account_id, NEW.author, NEW.at) IS DISTINCT FROM (OLD.account_id, OLD.author, OLD.at))
    EXECUTE FUNCTION banyan_guard_note();

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_accountcategory
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('account_category', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_contactcategory
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('contact_category', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_paymentterm
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('payment_term', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON accounts_customfield
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('custom_field', '{}');

-- Customers and accounts come in large sets; their creation is recorded by statement (ACC-16).
CREATE FUNCTION banyan_record_creations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($record$
        INSERT INTO %I.foundation_historyentry (at, actor, action, subject_kind, subject_id, changes)
        SELECT clock_timestamp(), $1, 'created', $2, created.id, (
            SELECT coalesce(jsonb_object_agg(field.key, jsonb_build_array(NULL, field.value)), '{}')
            FROM jsonb_each(to_jsonb(created)) AS field
            WHERE field.key <> 'id' AND field.key <> ALL ($3) AND field.value <> 'null')
        FROM created $record$, TG_TABLE_SCHEMA)
    USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), TG_ARGV[0], TG_ARGV[1]::text[];
    RETURN NULL;
END $$;

CREATE TRIGGER record_creations AFTER INSERT ON accounts_customer REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_creations('customer', '{created_at,search}');

-- What customers and accounts are found by, a million of them too (PERF-5).
--
-- `search` holds the words of a row as a text-search vector, which finds beginnings of words by an index and needs no
-- extension. The words are our own: what PostgreSQL's parser takes for hosts, numbers or paths can't be searched by parts.
-- The functions name no other function of ours, since a dump is restored without a search path.
CREATE FUNCTION banyan_search_words(given text, with_parts boolean) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := translate(lower(given), E'\t\n\r\f\x0b\x01', '      ');
    word text;
    part text;
    words text[] := '{}';
BEGIN
    IF octet_length(plain) <> char_length(plain) THEN
        plain := regexp_replace(lower(normalize(plain, NFKD)), '[\u0300-\u036f]', '', 'g');
        plain := replace(replace(translate(plain, 'łøđðıħ', 'loddih'), 'ß', 'ss'), 'æ', 'ae');
        plain := regexp_replace(replace(replace(plain, 'œ', 'oe'), 'þ', 'th'), '\s', ' ', 'g');
    END IF;
    plain := regexp_replace(plain, '([!-/:-@[-`{-~«»“”„‘’‚–—·]+)', E'\\1\x01', 'g');
    FOREACH word IN ARRAY string_to_array(plain, ' ') LOOP
        CONTINUE WHEN word = '';
        IF strpos(word, E'\x01') = 0 THEN
            words := words || left(word, 100);
            CONTINUE;
        END IF;
        part := replace(word, E'\x01', '');
        IF part !~ '^[!-/:-@[-`{-~«»“”„‘’‚–—·]' OR part ~ '^[!-/:-@[-`{-~«»“”„‘’‚–—·]+$' THEN
            words := words || left(part, 100);
            CONTINUE WHEN NOT with_parts;
        END IF;
        WHILE strpos(word, E'\x01') > 0 LOOP
            word := substr(word, strpos(word, E'\x01') + 1);
            part := replace(word, E'\x01', '');
            EXIT WHEN part = '';
            words := words || left(part, 100);
            EXIT WHEN NOT with_parts;
        END LOOP;
    END LOOP;
    RETURN words;
END $$;

CREATE FUNCTION banyan_search_query(typed text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
    FROM unnest(banyan_search_words(typed, false)) AS word
$$;

ALTER TABLE accounts_customer ADD COLUMN search tsvector
    GENERATED ALWAYS AS (array_to_tsvector(banyan_search_words(
        number || ' ' || coalesce(external_number, '') || ' ' || primary_email || ' '
        || CASE kind WHEN 'person' THEN coalesce(first_name || ' ' || last_name, '') ELSE coalesce(company_name, '') END, true
    ))) STORED;
CREATE INDEX customer_by_words ON accounts_customer USING gin (search) WITH (fastupdate = off);
ALTER TABLE accounts_account ADD COLUMN search tsvector NOT NULL;
CREATE INDEX account_by_words ON accounts_account USING gin (search) WITH (fastupdate = off);

-- An account is found by its own words and those of its customer, in one column (PERF-5). The words are made when a row comes,
-- when something of it that is searched changes, and when the customer's words do: emptied, they are made anew. Whoever
-- opens an account holds its customer's words still until the row can be seen, so none is left behind.
CREATE FUNCTION banyan_account_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_customer tsvector;
BEGIN
    SELECT search INTO of_customer FROM accounts_customer WHERE id = NEW.customer_id FOR SHARE;
    NEW.search := array_to_tsvector(banyan_search_words(
        NEW.number || ' ' || coalesce(NEW.external_number, '') || ' ' || NEW.contact_email || ' ' || NEW.name, true
    )) || coalesce(of_customer, '');
    RETURN NEW;
END $$;

CREATE FUNCTION banyan_pass_words_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_account SET search = NULL WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER words_of_new BEFORE INSERT ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_account_words();

CREATE TRIGGER words_of_changed BEFORE UPDATE ON accounts_account FOR EACH ROW
    WHEN (NEW.search IS NULL OR (OLD.customer_id, OLD.number, OLD.external_number, OLD.contact_email, OLD.name)
    IS DISTINCT FROM (NEW.customer_id, NEW.number, NEW.external_number, NEW.contact_email, NEW.name))
    EXECUTE FUNCTION banyan_account_words();

CREATE TRIGGER pass_words_on AFTER UPDATE ON accounts_customer FOR EACH ROW
    WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION banyan_pass_words_on();

-- What invoices show of the parties, and how an owner's taxes are rounded (TAX-4), is kept by version (INV-9).
CREATE FUNCTION banyan_keep_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'versions of parties are written by the database and kept for the record (INV-9)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'versions_of_parties_are_kept';
END $$;

CREATE FUNCTION banyan_version_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_ownerversion (owner_id, legal_name, address, tax_registrations, language, tax_rounding) VALUES (NEW.id, NEW.legal_name, NEW.address, NEW.tax_registrations, NEW.language, NEW.tax_rounding);
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_version_new_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_ownerversion (owner_id, legal_name, address, tax_registrations, language, tax_rounding) SELECT id, legal_name, address, tax_registrations, language, tax_rounding FROM created ORDER BY id;
    RETURN NULL;
END $$;

CREATE FUNCTION banyan_version_customer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_customerversion (customer_id, number, name, tax_number, tax_id_validated, billing_address, service_address, shipping_address) VALUES (NEW.id, NEW.number, NEW.name, NEW.tax_number, NEW.tax_id_validated, NEW.billing_address, NEW.service_address, NEW.shipping_address);
            RETURN NULL;
        END $$;

CREATE FUNCTION banyan_version_new_customer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_customerversion (customer_id, number, name, tax_number, tax_id_validated, billing_address, service_address, shipping_address) SELECT id, number, name, tax_number, tax_id_validated, billing_address, service_address, shipping_address FROM created ORDER BY id;
            RETURN NULL;
        END $$;

CREATE FUNCTION banyan_version_account() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_accountversion (account_id, number, name, billing_address, shipping_address, billing_details, contact_name, preferred_language) VALUES (NEW.id, NEW.number, NEW.name, NEW.billing_address, NEW.shipping_address, NEW.billing_details, NEW.contact_name, NEW.preferred_language);
            RETURN NULL;
        END $$;

CREATE FUNCTION banyan_version_new_account() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_accountversion (account_id, number, name, billing_address, shipping_address, billing_details, contact_name, preferred_language) SELECT id, number, name, billing_address, shipping_address, billing_details, contact_name, preferred_language FROM created ORDER BY id;
            RETURN NULL;
        END $$;

CREATE FUNCTION banyan_version_paymentterm() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_paymenttermversion (payment_term_id, name, days) VALUES (NEW.id, NEW.name, NEW.days);
            RETURN NULL;
        END $$;

CREATE FUNCTION banyan_version_new_paymentterm() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO accounts_paymenttermversion (payment_term_id, name, days) SELECT id, name, days FROM created ORDER BY id;
            RETURN NULL;
        END $$;

CREATE TRIGGER keep_first_version AFTER INSERT ON accounts_owner REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_version_new_owner();

CREATE TRIGGER keep_version AFTER UPDATE ON accounts_owner FOR EACH ROW
    WHEN ((OLD.legal_name, OLD.address, OLD.tax_registrations, OLD.language, OLD.tax_rounding) IS DISTINCT FROM (NEW.legal_name, NEW.address, NEW.tax_registrations, NEW.language, NEW.tax_rounding)) EXECUTE FUNCTION banyan_version_owner();

CREATE TRIGGER keep_versions BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_ownerversion
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_versions();

CREATE TRIGGER keep_first_version AFTER INSERT ON accounts_customer REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_version_new_customer();

CREATE TRIGGER keep_version AFTER UPDATE ON accounts_customer FOR EACH ROW
    WHEN ((OLD.number, OLD.name, OLD.tax_number, OLD.tax_id_validated, OLD.billing_address, OLD.service_address, OLD.shipping_address) IS DISTINCT FROM (NEW.number, NEW.name, NEW.tax_number, NEW.tax_id_validated, NEW.billing_address, NEW.service_address, NEW.shipping_address)) EXECUTE FUNCTION banyan_version_customer();

CREATE TRIGGER keep_versions BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_customerversion
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_versions();

CREATE TRIGGER keep_first_version AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_version_new_account();

CREATE TRIGGER keep_version AFTER UPDATE ON accounts_account FOR EACH ROW
    WHEN ((OLD.number, OLD.name, OLD.billing_address, OLD.shipping_address, OLD.billing_details, OLD.contact_name, OLD.preferred_language) IS DISTINCT FROM (NEW.number, NEW.name, NEW.billing_address, NEW.shipping_address, NEW.billing_details, NEW.contact_name, NEW.preferred_language)) EXECUTE FUNCTION banyan_version_account();

CREATE TRIGGER keep_versions BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_accountversion
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_versions();

CREATE TRIGGER keep_first_version AFTER INSERT ON accounts_paymentterm REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_version_new_paymentterm();

CREATE TRIGGER keep_version AFTER UPDATE ON accounts_paymentterm FOR EACH ROW
    WHEN ((OLD.name, OLD.days) IS DISTINCT FROM (NEW.name, NEW.days)) EXECUTE FUNCTION banyan_version_paymentterm();

CREATE TRIGGER keep_versions BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_paymenttermversion
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_versions();

-- Numbers come from sequences of their own: row ids are used up by what is only looked at as well.
CREATE SEQUENCE accounts_account_numbers OWNED BY accounts_account.number;
CREATE SEQUENCE accounts_customer_numbers OWNED BY accounts_customer.number;
