"""A reissued invoice says again what a void one said, and nothing else (INV-10)."""

from django.db import migrations, models

SAYS_THE_SAME = """
CREATE FUNCTION banyan_guard_reissue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM invoices_invoice replaced
        WHERE replaced.id = NEW.reissue_of AND replaced.status = 'void' AND NEW.status <> 'draft'
          AND (replaced.owner_id, replaced.account_id, replaced.bill_run_id, replaced.currency, replaced.gross, replaced.discount, replaced.tax)
            = (NEW.owner_id, NEW.account_id, NEW.bill_run_id, NEW.currency, NEW.gross, NEW.discount, NEW.tax)
          AND (replaced.for_account_id, replaced.group_id, replaced.subscription_id)
            IS NOT DISTINCT FROM (NEW.for_account_id, NEW.group_id, NEW.subscription_id)
    ) THEN
        RAISE EXCEPTION 'invoice % does not say what invoice % said, or that one is not void', NEW.id, NEW.reissue_of
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_reissue_says_what_a_void_invoice_said';
    END IF;
    RETURN NEW;
END $$
"""
ON_INSERT = """
CREATE TRIGGER guard_reissue BEFORE INSERT ON invoices_invoice FOR EACH ROW
    WHEN (NEW.reissue_of IS NOT NULL) EXECUTE FUNCTION banyan_guard_reissue()
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_versions'),
        ('invoices', '0006_seals'),
        ('subscriptions', '0012_payers_by_end'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoice',
            name='reissue_of',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='repeats',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('reissue_of__isnull', False)), fields=('reissue_of',), name='an_invoice_is_reissued_once'),
        ),
        migrations.RunSQL(SAYS_THE_SAME, migrations.RunSQL.noop),
        migrations.RunSQL(ON_INSERT, migrations.RunSQL.noop),
    ]
