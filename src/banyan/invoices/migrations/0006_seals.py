"""What was issued is sealed, so that it can be compared for ever (REL-C); what is there is sealed as it is.

Beside it: numbers are never given back (INV-3), and nothing is marked as paid that nobody paid (INV-2). Rows that came by such
a state before are left alone; `banyan verify` names them.
"""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

SEALS_STAY = """
CREATE FUNCTION banyan_guard_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a seal on issued invoices is never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_seal_never_changes';
END $$;
CREATE TRIGGER guard_seal BEFORE UPDATE OR DELETE ON invoices_invoiceseal
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_seal();
CREATE TRIGGER guard_seal_truncate BEFORE TRUNCATE ON invoices_invoiceseal
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_seal();
"""

NUMBERS_RISE = """
CREATE FUNCTION banyan_guard_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'owner % has given numbers up to %; no number is given twice, so the counter only goes up',
        OLD.owner_id, OLD.last_number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_never_given_back';
END $$;
CREATE TRIGGER guard_counter BEFORE UPDATE ON invoices_invoicecounter FOR EACH ROW
    WHEN (NEW.last_number < OLD.last_number OR NEW.owner_id <> OLD.owner_id) EXECUTE FUNCTION banyan_guard_counter();
CREATE TRIGGER guard_counter_delete BEFORE DELETE ON invoices_invoicecounter FOR EACH ROW
    WHEN (OLD.last_number > 0) EXECUTE FUNCTION banyan_guard_counter();
"""

PAID = """
ALTER TABLE invoices_invoice ADD CONSTRAINT what_is_paid_was_paid
    CHECK (status <> 'paid' OR gross = discount - tax) NOT VALID
"""

SEAL_WHAT_IS_THERE = """
INSERT INTO invoices_invoiceseal (bill_run_id, invoice_ids, of_invoices, lines, of_lines)
SELECT bill_run_id, array_agg(id ORDER BY id), array_agg(checksum ORDER BY id),
       array_agg(coalesce(lines, 0) ORDER BY id), array_agg(coalesce(of_lines, 0) ORDER BY id)
FROM (
    SELECT id, bill_run_id,
           hash_record_extended(ROW(id, owner_id, sequence_number, account_id, for_account_id, group_id, subscription_id,
               bill_run_id, invoice_date, due_date, currency, gross, discount, tax, seller_version, buyer_version,
               term_version, account_versions), 0) AS checksum
    FROM invoices_invoice WHERE status <> 'draft'
) AS invoice LEFT JOIN (
    SELECT invoice_id, count(*)::integer AS lines,
           bit_xor(hash_record_extended(ROW(id, invoice_id, kind, account_id, subscription_id, item_id, charge_id,
               product_id, price_id, description, period_start, period_end, quantity, unit_amount, gross, discount, tax,
               discounts, taxes, usage, payer_trail, correction, corrects, reverse_charge), 0)) AS of_lines
    FROM invoices_invoiceline GROUP BY invoice_id
) AS own ON own.invoice_id = invoice.id
GROUP BY bill_run_id, id / 1000
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0005_parties")]
    operations = [
        migrations.CreateModel(
            name="InvoiceSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bill_run_id", models.BigIntegerField(db_index=True)),
                ("invoice_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("of_invoices", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("lines", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("of_lines", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("sealed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RunSQL(SEAL_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.RunSQL(SEALS_STAY, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS_RISE, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(PAID, "ALTER TABLE invoices_invoice DROP CONSTRAINT what_is_paid_was_paid")],
            [
                migrations.AddConstraint(
                    "invoice",
                    models.CheckConstraint(
                        condition=~models.Q(status="paid") | models.Q(gross=models.F("discount") - models.F("tax")),
                        name="what_is_paid_was_paid",
                    ),
                )
            ],
        ),
    ]
