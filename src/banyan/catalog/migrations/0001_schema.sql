-- A price never changes (CAT-1): a new one replaces it.
CREATE FUNCTION banyan_guard_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'price % never changes; make a new one', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_price_never_changes';
END $$;

CREATE TRIGGER guard_price BEFORE UPDATE ON catalog_price FOR EACH ROW EXECUTE FUNCTION banyan_guard_price();

-- What happens to the catalogue is in the history, above all that something was deleted.
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_product
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('product', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_meter
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('meter', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_price
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('price', '{}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_discount
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('discount', '{created_at}');
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_taxrate
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('tax_rate', '{}');

CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON catalog_taxexemption
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('tax_exemption', '{created_at}');
