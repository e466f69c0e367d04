"""An issued invoice keeps its parties and terms (INV-9): those issued so far take what holds today."""

import django.contrib.postgres.fields
from django.db import migrations, models

TODAYS_PARTIES = """
UPDATE invoices_invoice invoice
SET seller_version = (SELECT max(id) FROM accounts_ownerversion WHERE owner_id = invoice.owner_id),
    buyer_version = (SELECT max(id) FROM accounts_customerversion WHERE customer_id = account.customer_id),
    term_version = (SELECT max(id) FROM accounts_paymenttermversion WHERE payment_term_id = account.payment_term_id),
    account_versions = ARRAY(
        SELECT max(version.id) FROM accounts_accountversion version
        WHERE version.account_id IN (
            SELECT invoice.account_id
            UNION
            SELECT line.account_id FROM invoices_invoiceline line WHERE line.invoice_id = invoice.id
            UNION
            SELECT unnest(ARRAY[(step ->> 1)::bigint, (step ->> 2)::bigint])
            FROM invoices_invoiceline line, jsonb_array_elements(line.payer_trail) AS step
            WHERE line.invoice_id = invoice.id)
        GROUP BY version.account_id ORDER BY max(version.id))
FROM accounts_account account
WHERE account.id = invoice.account_id AND invoice.status <> 'draft'
"""

PARTIES_COME_WITH_THE_ISSUE = """
CREATE OR REPLACE FUNCTION banyan_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_versions'),
        ('invoices', '0004_drafts_are_not_edited'),
        ('subscriptions', '0012_payers_by_end'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoice',
            name='account_versions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.AddField(
            model_name='invoice',
            name='buyer_version',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='seller_version',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='term_version',
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunSQL("ALTER TABLE invoices_invoice DISABLE TRIGGER guard_invoice", migrations.RunSQL.noop),
        migrations.RunSQL(TODAYS_PARTIES, migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE invoices_invoice ENABLE TRIGGER guard_invoice", migrations.RunSQL.noop),
        migrations.RunSQL(PARTIES_COME_WITH_THE_ISSUE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account_versions__isnull', True), ('buyer_version__isnull', True), ('seller_version__isnull', True), ('status', 'draft'), ('term_version__isnull', True)), models.Q(models.Q(('status', 'draft'), _negated=True), ('account_versions__isnull', False), ('buyer_version__isnull', False), ('seller_version__isnull', False), ('term_version__isnull', False)), _connector='OR'), name='an_issued_invoice_keeps_its_parties'),
        ),
    ]
