"""When a contract ends on a day, what is fixed about its documents, and its history (CTR-1)."""

from django.db import migrations

from banyan.foundation.history import record_history, record_part

END = """
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
"""

DOCUMENTS_ARE_FIXED = """
CREATE FUNCTION banyan_guard_contract_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'document % never changes; attach another one', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_document_never_changes';
END $$;
CREATE TRIGGER guard_document BEFORE UPDATE ON contracts_contractdocument
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_contract_document();
"""

DOCUMENT = "jsonb_build_object('name', entry.name, 'media_type', entry.media_type, 'size', entry.size)"


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("foundation", "0001_initial")]
    operations = [
        migrations.RunSQL(END, migrations.RunSQL.noop),
        migrations.RunSQL(DOCUMENTS_ARE_FIXED, migrations.RunSQL.noop),
        record_history("contracts_contract", "contract", skip=("created_at",)),
        record_part("contracts_contractdocument", "document", DOCUMENT, "contract", "contract_id"),
    ]
