from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_guards'),
        ('accounts', '0003_contacts_notes_custom_fields'),
        ('accounts', '0004_histories'),
        ('accounts', '0005_creations_in_sets'),
        ('accounts', '0006_orders_of_lists'),
        ('accounts', '0007_search'),
        ('accounts', '0008_words_of_both'),
        ('accounts', '0009_status_dates'),
        ('accounts', '0010_versions'),
        ('accounts', '0011_taxes_of_owners'),
        ('accounts', '0012_numbers'),
        ('accounts', '0013_tax_rounding_of_versions'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('organizations', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True, verbose_name='Name')),
            ],
            options={
                'verbose_name_plural': 'account categories',
            },
        ),
        migrations.CreateModel(
            name='BillCycle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Such as Monthly EUR.', max_length=200, unique=True, verbose_name='Name')),
                ('currency', models.CharField(help_text='Only accounts of this currency; accounts of any currency when left blank.', max_length=3, null=True, verbose_name='Currency')),
                ('frequency', models.CharField(max_length=20, verbose_name='Frequency')),
                ('start_date', models.DateField(help_text='Later ones step from it.', verbose_name='First billing date')),
                ('time_zone', models.CharField(default='UTC', help_text='Says when a day of usage begins, such as Europe/Berlin.', max_length=64, verbose_name='Time zone')),
            ],
        ),
        migrations.CreateModel(
            name='ContactCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True, verbose_name='Name')),
            ],
            options={
                'verbose_name_plural': 'contact categories',
            },
        ),
        migrations.CreateModel(
            name='PaymentTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Such as Net 30.', max_length=100, unique=True, verbose_name='Name')),
                ('days', models.PositiveIntegerField(help_text='From the invoice date to the due date.', verbose_name='Days')),
            ],
        ),
        migrations.CreateModel(
            name='AccountType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Such as Head office or Site.', max_length=200, unique=True, verbose_name='Name')),
                ('description', models.TextField(blank=True, default='', verbose_name='Description')),
                ('default', models.BooleanField(default=False, help_text='Takes the place of the type that was proposed before.', verbose_name='Proposed for new accounts')),
                ('active', models.BooleanField(default=True, help_text='An inactive type is no longer offered.', verbose_name='Active')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('default'), condition=models.Q(('default', True)), name='at_most_one_default_account_type')],
            },
        ),
        migrations.CreateModel(
            name='AccountVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField()),
                ('number', models.CharField(max_length=50)),
                ('name', models.CharField(max_length=401)),
                ('billing_address', models.JSONField(null=True)),
                ('shipping_address', models.JSONField(null=True)),
                ('billing_details', models.JSONField(null=True)),
                ('contact_name', models.CharField(max_length=200, null=True)),
                ('preferred_language', models.CharField(max_length=20)),
            ],
            options={
                'indexes': [models.Index(fields=['account_id', 'id'], name='version_of_account')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], max_length=10, verbose_name='Kind')),
                ('first_name', models.CharField(help_text='Of a person.', max_length=200, null=True, verbose_name='First name')),
                ('last_name', models.CharField(help_text='Of a person.', max_length=200, null=True, verbose_name='Last name')),
                ('company_name', models.CharField(help_text='Of a company.', max_length=200, null=True, verbose_name='Company name')),
                ('name', models.GeneratedField(db_persist=True, expression=models.Case(models.When(kind='person', then=django.db.models.functions.text.Trim(django.db.models.functions.text.Concat(models.F('first_name'), models.Value(' '), models.F('last_name')))), default=models.F('company_name')), output_field=models.CharField(max_length=401))),
                ('number', models.CharField(help_text='Unique. It never changes.', max_length=50, unique=True, verbose_name='Customer number')),
                ('external_number', models.CharField(help_text='What another system calls the customer; unique.', max_length=100, null=True, unique=True, verbose_name='External customer number')),
                ('date_of_birth', models.DateField(help_text='Of a person.', null=True, verbose_name='Date of birth')),
                ('tax_number', models.CharField(help_text='TIN or VAT ID.', max_length=50, null=True, verbose_name='Tax number')),
                ('tax_id_validated', models.BooleanField(default=False, help_text='Counts as a business for VAT.', verbose_name='Tax ID validated')),
                ('phones', models.JSONField(blank=True, default=list, help_text='With their country, such as +1 415 555 2671.', verbose_name='Phones')),
                ('primary_email', models.EmailField(max_length=254, verbose_name='Primary e-mail')),
                ('secondary_emails', models.JSONField(blank=True, default=list, verbose_name='Secondary e-mails')),
                ('billing_address', models.JSONField(null=True, verbose_name='Billing address')),
                ('service_address', models.JSONField(help_text='Where the service is used, which decides the tax.', null=True, verbose_name='Service address')),
                ('shipping_address', models.JSONField(null=True, verbose_name='Shipping address')),
                ('custom_fields', models.JSONField(blank=True, default=dict, help_text='By key.', verbose_name='Custom fields')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(condition=models.Q(('custom_fields', {}), _negated=True), fields=['custom_fields'], name='customer_by_custom_field', opclasses=['jsonb_path_ops']), models.Index(fields=['name', 'id'], name='customer_by_name'), models.Index(fields=['created_at', 'id'], name='customer_by_creation'), models.Index(fields=['primary_email'], name='customer_by_email'), models.Index(condition=models.Q(('tax_number__isnull', False)), fields=['tax_number'], name='customer_by_tax_number')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), ('first_name__isnull', False), ('last_name__isnull', False)), models.Q(('kind', 'company'), ('company_name__isnull', False)), _connector='OR'), name='customer_has_the_names_of_its_kind'), models.CheckConstraint(condition=models.Q(('date_of_birth__isnull', True), ('kind', 'person'), _connector='OR'), name='only_a_person_has_a_date_of_birth')],
            },
        ),
        migrations.CreateModel(
            name='CustomerVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('number', models.CharField(max_length=50)),
                ('name', models.CharField(max_length=401)),
                ('tax_number', models.CharField(max_length=50, null=True)),
                ('tax_id_validated', models.BooleanField()),
                ('billing_address', models.JSONField(null=True)),
                ('service_address', models.JSONField(null=True)),
                ('shipping_address', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['customer_id', 'id'], name='version_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(choices=[('customer', 'Customer'), ('account', 'Account')], max_length=10)),
                ('key', models.CharField(max_length=50)),
                ('label', models.CharField(max_length=200)),
                ('type', models.CharField(choices=[('text', 'Text'), ('number', 'Number'), ('date', 'Date'), ('yes_no', 'Yes No'), ('choice', 'Choice')], max_length=10)),
                ('options', models.JSONField(default=list)),
                ('required', models.BooleanField(default=False)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'key'), name='custom_field_has_a_key_of_its_own')],
            },
        ),
        migrations.CreateModel(
            name='Owner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('legal_name', models.CharField(help_text='As it stands on invoices.', max_length=200, verbose_name='Legal name')),
                ('address', models.JSONField(blank=True, default=dict, verbose_name='Address')),
                ('tax_registrations', models.JSONField(blank=True, default=list, help_text='Countries and numbers under which the owner is registered.', verbose_name='Tax registrations')),
                ('base_currency', models.CharField(default='USD', max_length=3, verbose_name='Base currency')),
                ('time_zone', models.CharField(default='UTC', help_text="Says when a day begins for the owner's accounts, such as Europe/Berlin.", max_length=64, verbose_name='Time zone')),
                ('language', models.CharField(default='en', help_text='Of invoices to accounts that have chosen none.', max_length=20, verbose_name='Language')),
                ('invoice_prefix', models.CharField(help_text='Begins the invoice numbers; no other owner has it.', max_length=20, unique=True, verbose_name='Invoice prefix')),
                ('tax_rounding', models.CharField(choices=[('document', "On the sum of an invoice's lines"), ('line', 'Line by line')], help_text="As is usual in the owner's country when left blank.", max_length=10, null=True, verbose_name='Tax rounding')),
                ('tax_date', models.CharField(choices=[('supply', 'The service day'), ('invoice', 'The invoice date')], db_default='supply', default='supply', help_text='Which day decides the tax rate.', max_length=10, verbose_name='Tax date')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('tax_rounding__in', ['document', 'line'])), name='owner_rounds_taxes_in_a_known_way'), models.CheckConstraint(condition=models.Q(('tax_date__in', ['supply', 'invoice'])), name='owner_dates_taxes_in_a_known_way')],
            },
        ),
        migrations.CreateModel(
            name='OwnerVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('legal_name', models.CharField(max_length=200)),
                ('address', models.JSONField()),
                ('tax_registrations', models.JSONField()),
                ('language', models.CharField(max_length=20)),
                ('tax_rounding', models.CharField(max_length=10, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'id'], name='version_of_owner')],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='Unique. It never changes.', max_length=50, unique=True, verbose_name='Account number')),
                ('external_number', models.CharField(help_text='What another system calls the account; unique.', max_length=100, null=True, unique=True, verbose_name='External account number')),
                ('name', models.CharField(blank=True, max_length=401, verbose_name='Account name')),
                ('description', models.TextField(blank=True, default='', verbose_name='Description')),
                ('status', models.CharField(choices=[('active', 'Active'), ('suspended', 'Suspended'), ('pending_collection', 'Pending Collection'), ('inactive', 'Inactive')], default='active', max_length=20, verbose_name='Status')),
                ('status_reason', models.TextField(blank=True, default='')),
                ('status_date', models.DateField(null=True)),
                ('inactive_since', models.DateField(null=True)),
                ('currency', models.CharField(help_text='Of every charge and invoice, ISO 4217.', max_length=3, verbose_name='Currency')),
                ('invoice_currency', models.CharField(max_length=3, verbose_name='Invoice currency')),
                ('start_date', models.DateField(verbose_name='Start date')),
                ('taxable', models.BooleanField(default=True, help_text='Whether its charges are taxed.', verbose_name='Taxable')),
                ('minimum_invoice_amount', models.DecimalField(decimal_places=4, default=0, help_text='Below it nothing is invoiced yet.', max_digits=20, verbose_name='Minimum invoice amount')),
                ('preferred_language', models.CharField(default='en', help_text='Of its invoices, such as en or de-AT.', max_length=20, verbose_name='Preferred language')),
                ('invoice_type', models.CharField(choices=[('email', 'Email'), ('none', 'None'), ('paper', 'Paper'), ('paper_and_email', 'Paper And Email')], default='email', help_text='How invoices reach the account.', max_length=20, verbose_name='Invoice type')),
                ('invoice_rendering_type', models.CharField(choices=[('aggregated', 'Aggregated'), ('per_account', 'Per Account')], default='aggregated', help_text='One invoice for all managed accounts, or one for each.', max_length=20, verbose_name='Invoice rendering type')),
                ('auto_pay', models.BooleanField(default=False, verbose_name='Authorize auto-payment')),
                ('auto_pay_offset', models.IntegerField(default=0, help_text='Days from the due date; -3 is three days earlier.', verbose_name='Auto-pay offset')),
                ('dunning_enabled', models.BooleanField(default=False, verbose_name='Enable account dunning')),
                ('contact_name', models.CharField(max_length=200, null=True)),
                ('contact_email', models.EmailField(max_length=254)),
                ('contact_phone', models.CharField(max_length=50, null=True)),
                ('billing_address', models.JSONField(null=True, verbose_name='Billing address')),
                ('shipping_address', models.JSONField(null=True, verbose_name='Shipping address')),
                ('billing_details', models.JSONField(help_text='Text or JSON that is kept with the account.', null=True, verbose_name='Billing details')),
                ('preferences', models.JSONField(blank=True, default=dict, help_text='A JSON object that is kept with the account.', verbose_name='Preferences')),
                ('custom_fields', models.JSONField(blank=True, default=dict, help_text='By key.', verbose_name='Custom fields')),
                ('is_default', models.BooleanField(default=False, verbose_name='Default account of the customer')),
                ('is_primary', models.BooleanField(default=False, verbose_name='Primary account of its organization')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='organizations.organization', verbose_name='Organization')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.accountcategory', verbose_name='Account category')),
                ('type', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.accounttype', verbose_name='Account type')),
                ('bill_cycle', models.ForeignKey(db_index=False, help_text='Says on which days the account is invoiced.', on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.billcycle', verbose_name='Bill cycle')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.customer', verbose_name='Customer')),
                ('owner', models.ForeignKey(db_index=False, help_text='The legal entity that invoices the account.', on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.owner', verbose_name='Owner')),
                ('payment_term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='accounts.paymentterm', verbose_name='Payment term')),
            ],
        ),
        migrations.CreateModel(
            name='PaymentTermVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment_term_id', models.BigIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('days', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['payment_term_id', 'id'], name='version_of_payment_term')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, null=True)),
                ('email', models.EmailField(max_length=254, null=True)),
                ('phone', models.CharField(max_length=50, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='accounts.account')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='accounts.contactcategory')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('name__isnull', False), ('email__isnull', False), _connector='OR'), name='contact_has_a_name_or_an_email')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('author', models.TextField()),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='accounts.account')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='note_has_a_text')],
            },
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['bill_cycle', 'id'], name='account_by_bill_cycle'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['owner', 'number'], name='account_by_owner'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('status', 'active'), _negated=True), fields=['status', 'id'], name='account_by_status'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['name', 'id'], name='account_by_name'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['start_date', 'id'], name='account_by_start_date'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['created_at', 'id'], name='account_by_creation'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('custom_fields', {}), _negated=True), fields=['custom_fields'], name='account_by_custom_field', opclasses=['jsonb_path_ops']),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('customer',), name='customer_has_one_default_account'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('is_primary', True)), fields=('organization',), name='organization_has_one_primary_account'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'inactive'), ('inactive_since__isnull', False)), models.Q(models.Q(('status', 'inactive'), _negated=True), ('inactive_since__isnull', True)), _connector='OR'), name='inactive_account_has_its_last_day'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_invoice_amount__gte', 0)), name='minimum_invoice_amount_is_not_negative'),
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
