"""A one-time charge that is to be invoiced by itself has an invoice of its own, as such a subscription has (INV-1)."""

from django.db import migrations, models

SAYS_THE_SAME = """
CREATE OR REPLACE FUNCTION banyan_guard_reissue() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0008_billed_before")]
    operations = [
        migrations.AddField("invoice", "charge_id", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "invoice",
            models.CheckConstraint(
                condition=models.Q(charge_id__isnull=True) | models.Q(group__isnull=True, subscription__isnull=True),
                name="an_invoice_for_a_charge_alone_is_for_nothing_else",
            ),
        ),
        migrations.RunSQL(SAYS_THE_SAME, migrations.RunSQL.noop),
    ]
