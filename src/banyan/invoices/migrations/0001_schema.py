from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('invoices', '0001_initial'),
        ('invoices', '0002_guards'),
        ('invoices', '0003_reverse_charge'),
        ('invoices', '0004_drafts_are_not_edited'),
        ('invoices', '0005_parties'),
        ('invoices', '0006_seals'),
        ('invoices', '0007_reissues'),
        ('invoices', '0008_billed_before'),
        ('invoices', '0009_charges_by_themselves'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
        ('subscriptions', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='InvoiceCounter',
            fields=[
                ('owner', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='invoice_counter', serialize=False, to='accounts.owner')),
                ('last_number', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='InvoiceSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill_run_id', models.BigIntegerField(db_index=True)),
                ('invoice_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('of_invoices', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('lines', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('of_lines', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='BilledBefore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill_run_id', models.BigIntegerField()),
                ('first_payer', models.BigIntegerField()),
                ('last_payer', models.BigIntegerField()),
                ('billed_until', models.DateField(null=True)),
                ('changed_from', models.DateField(null=True)),
                ('until', models.DateField(null=True)),
                ('items', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('payers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'verbose_name_plural': 'billed before',
                'indexes': [models.Index(fields=['bill_run_id', 'first_payer'], name='billed_before_by_run')],
                'constraints': [models.CheckConstraint(condition=models.Q(('items__len', models.F('payers__len'))), name='billed_before_has_a_payer_an_item')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('invoice_id', models.BigIntegerField(db_index=True)),
                ('kind', models.CharField(max_length=10)),
                ('account_id', models.BigIntegerField()),
                ('subscription_id', models.BigIntegerField(null=True)),
                ('item_id', models.BigIntegerField(null=True)),
                ('charge_id', models.BigIntegerField(null=True)),
                ('product_id', models.BigIntegerField(null=True)),
                ('price_id', models.BigIntegerField(null=True)),
                ('description', models.CharField(max_length=500)),
                ('period_start', models.DateField()),
                ('period_end', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=12, max_digits=30)),
                ('unit_amount', models.DecimalField(decimal_places=12, max_digits=30, null=True)),
                ('gross', models.DecimalField(decimal_places=4, max_digits=24)),
                ('discount', models.DecimalField(decimal_places=4, max_digits=24)),
                ('tax', models.DecimalField(decimal_places=4, max_digits=24)),
                ('discounts', models.JSONField(null=True)),
                ('taxes', models.JSONField(null=True)),
                ('usage', models.JSONField(null=True)),
                ('payer_trail', models.JSONField(null=True)),
                ('correction', models.SmallIntegerField(default=0)),
                ('corrects', models.BigIntegerField(null=True)),
                ('repeats', models.BigIntegerField(null=True)),
                ('reverse_charge', models.BooleanField(db_default=False, default=False)),
                ('live', models.BooleanField(default=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('reverse_charge', True)), fields=['invoice_id'], name='reverse_charged_line')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('item_id__isnull', False), ('live', True)), fields=('item_id', 'period_start', 'correction'), name='an_item_and_period_is_billed_once'), models.UniqueConstraint(condition=models.Q(('charge_id__isnull', False), ('live', True)), fields=('charge_id',), name='a_charge_is_billed_once')],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence_number', models.BigIntegerField(null=True)),
                ('charge_id', models.BigIntegerField(null=True)),
                ('bill_run_id', models.BigIntegerField()),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('paid', 'Paid'), ('void', 'Void'), ('written_off', 'Written Off')], max_length=12)),
                ('invoice_date', models.DateField()),
                ('due_date', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('gross', models.DecimalField(decimal_places=4, max_digits=24)),
                ('discount', models.DecimalField(decimal_places=4, max_digits=24)),
                ('tax', models.DecimalField(decimal_places=4, max_digits=24)),
                ('seller_version', models.BigIntegerField(null=True)),
                ('buyer_version', models.BigIntegerField(null=True)),
                ('term_version', models.BigIntegerField(null=True)),
                ('account_versions', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('reissue_of', models.BigIntegerField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='accounts.account')),
                ('for_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('group', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='subscriptions.subscriptiongroup')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.owner')),
                ('subscription', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscription')),
            ],
            options={
                'indexes': [models.Index(fields=['bill_run_id'], name='invoice_by_run'), models.Index(condition=models.Q(('group__isnull', False)), fields=['group'], name='invoice_by_group')],
                'constraints': [models.UniqueConstraint(fields=('owner', 'sequence_number'), name='invoice_number_is_given_once'), models.UniqueConstraint(condition=models.Q(('reissue_of__isnull', False)), fields=('reissue_of',), name='an_invoice_is_reissued_once'), models.CheckConstraint(condition=models.Q(models.Q(('sequence_number__isnull', True), ('status', 'draft')), models.Q(models.Q(('status', 'draft'), _negated=True), ('sequence_number__isnull', False)), _connector='OR'), name='an_issued_invoice_has_a_number_and_a_draft_has_none'), models.CheckConstraint(condition=models.Q(('gross__gte', django.db.models.expressions.CombinedExpression(models.F('discount'), '-', models.F('tax')))), name='an_invoice_is_not_issued_below_zero'), models.CheckConstraint(condition=models.Q(models.Q(('account_versions__isnull', True), ('buyer_version__isnull', True), ('seller_version__isnull', True), ('status', 'draft'), ('term_version__isnull', True)), models.Q(models.Q(('status', 'draft'), _negated=True), ('account_versions__isnull', False), ('buyer_version__isnull', False), ('seller_version__isnull', False), ('term_version__isnull', False)), _connector='OR'), name='an_issued_invoice_keeps_its_parties'), models.CheckConstraint(condition=models.Q(('charge_id__isnull', True), models.Q(('group__isnull', True), ('subscription__isnull', True)), _connector='OR'), name='an_invoice_for_a_charge_alone_is_for_nothing_else'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'paid'), _negated=True), ('gross', django.db.models.expressions.CombinedExpression(models.F('discount'), '-', models.F('tax'))), _connector='OR'), name='what_is_paid_was_paid')],
            },
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
