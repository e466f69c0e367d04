from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import banyan.relations.models
import banyan.subscriptions.models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('subscriptions', '0001_initial'),
        ('subscriptions', '0002_guards'),
        ('subscriptions', '0003_room_on_the_page'),
        ('subscriptions', '0004_contracts'),
        ('subscriptions', '0005_within_contracts'),
        ('subscriptions', '0006_orders'),
        ('subscriptions', '0007_orders_made'),
        ('subscriptions', '0008_billing_pauses'),
        ('subscriptions', '0009_earlier_bill_cycles'),
        ('subscriptions', '0010_days_as_boxes'),
        ('subscriptions', '0011_histories'),
        ('subscriptions', '0012_payers_by_end'),
        ('subscriptions', '0013_billed_as_agreed'),
        ('subscriptions', '0014_numbers'),
        ('subscriptions', '0015_terms_by_attribute'),
        ('subscriptions', '0016_terms_split'),
        ('subscriptions', '0017_ends_before'),
        ('subscriptions', '0018_lived_with'),
        ('subscriptions', '0019_usage_once'),
        ('subscriptions', '0020_charges'),
        ('subscriptions', '0021_deleted_charges'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('relations', '0001_schema'),
        ('accounts', '0001_schema'),
        ('catalog', '0001_schema'),
        ('contracts', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=50, unique=True)),
                ('start_date', models.DateField()),
                ('ends_before', models.DateField(null=True)),
                ('agreed_ends_before', models.DateField(null=True)),
                ('anchor', models.CharField(default='cycle', max_length=10)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='accounts.account')),
                ('contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='contracts.contract')),
            ],
        ),
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who_pays_mode', models.CharField(max_length=30, null=True)),
                ('description', models.CharField(max_length=500)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('date', models.DateField()),
                ('billed', models.BooleanField(default=False)),
                ('revision', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='accounts.account')),
                ('payer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer')),
                ('product', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='catalog.product')),
                ('subscription', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='subscriptions.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='SubscriptionGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('is_default', models.BooleanField(default=False)),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscription_groups', to='accounts.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=50, unique=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('cancelled', 'Cancelled')], default='draft', max_length=10)),
                ('start_date', models.DateField(null=True)),
                ('ends_before', models.DateField(null=True)),
                ('anchor', models.CharField(default='cycle', max_length=10)),
                ('who_pays_mode', models.CharField(max_length=30, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='accounts.account')),
                ('contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='contracts.contract')),
                ('payer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.customer')),
                ('subscription', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='order', to='subscriptions.subscription')),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='subscriptions.subscriptiongroup')),
            ],
        ),
        migrations.CreateModel(
            name='SubscriptionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=12, max_digits=30)),
                ('start_date', models.DateField(null=True)),
                ('ends_before', models.DateField(null=True)),
                ('named_only', models.BooleanField(db_default=False, default=False)),
                ('billed_until', models.DateField(null=True)),
                ('changed_from', models.DateField(null=True)),
                ('keep_until', models.DateField(null=True)),
                ('revision', models.IntegerField(default=0)),
                ('price', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='catalog.price')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='subscriptions.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='ItemTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=12, max_digits=30, null=True)),
                ('price', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.price')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='later_terms', to='subscriptions.subscriptionitem')),
            ],
            options={
                'verbose_name_plural': 'item terms',
            },
        ),
        migrations.CreateModel(
            name='SubscriptionPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='subscriptions.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='WhoPays',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(max_length=30)),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='subscriptions.subscriptiongroup')),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='who_pays', to='subscriptions.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='BillingPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('inactive', 'Inactive'), ('suspended', 'Suspended')], max_length=10)),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='accounts.account')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_pause_on_any_day'), models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='pause_holds_on_some_day')],
            },
        ),
        migrations.CreateModel(
            name='EarlierBillCycle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='earlier_bill_cycles', to='accounts.account')),
                ('bill_cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.billcycle')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'until'), name='account_has_one_earlier_cycle_until_a_day')],
            },
        ),
        migrations.CreateModel(
            name='OrderItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=12, max_digits=30)),
                ('named_only', models.BooleanField(db_default=False, default=False)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='subscriptions.order')),
                ('price', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.price')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='ordered_quantity_is_not_negative')],
            },
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('ends_before__isnull', True), ('ends_before__gte', models.F('start_date')), _connector='OR'), name='subscription_ends_after_it_starts'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('billed', False)), fields=['account'], name='charge_not_yet_billed'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('subscription__isnull', False)), fields=['subscription'], name='charge_by_subscription'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('billed', False), ('who_pays_mode__isnull', False)), fields=['account'], name='charge_with_a_choice'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('subscription__isnull', True), ('who_pays_mode__isnull', True), _connector='OR'), name='charge_is_paid_like_its_subscription_or_by_choice'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('payer__isnull', True), ('who_pays_mode', 'ancestor'), _connector='OR'), name='charge_names_a_payer_by_mode_ancestor'),
        ),
        migrations.AddConstraint(
            model_name='subscriptiongroup',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('payer',), name='customer_has_one_default_group'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', True), ('status', 'draft'), ('subscription__isnull', True)), models.Q(('cancelled_at__isnull', True), ('status', 'active'), ('subscription__isnull', False)), models.Q(('cancelled_at__isnull', False), ('status', 'cancelled'), ('subscription__isnull', True)), _connector='OR'), name='order_is_a_draft_active_or_cancelled'),
        ),
        migrations.AddIndex(
            model_name='subscriptionitem',
            index=models.Index(condition=models.Q(('changed_from__isnull', False)), fields=['changed_from'], name='changed_item'),
        ),
        migrations.AddIndex(
            model_name='subscriptionitem',
            index=models.Index(condition=models.Q(('named_only', True)), fields=['subscription'], name='item_of_named_usage'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionitem',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='item_quantity_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionitem',
            constraint=models.CheckConstraint(condition=models.Q(('start_date__isnull', True), ('ends_before__isnull', True), ('ends_before__gte', models.F('start_date')), _connector='OR'), name='item_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='itemterms',
            constraint=models.UniqueConstraint(fields=('item', 'since'), name='item_has_one_set_of_terms_a_day'),
        ),
        migrations.AddConstraint(
            model_name='itemterms',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='terms_quantity_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='itemterms',
            constraint=models.CheckConstraint(condition=models.Q(('price__isnull', False), ('quantity__isnull', False), _connector='OR'), name='terms_name_price_or_quantity'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionpause',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('subscription_id'), '&&')], name='subscription_has_one_pause_on_any_day'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionpause',
            constraint=models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='subscription_pause_holds_on_some_day'),
        ),
        migrations.AddIndex(
            model_name='whopays',
            index=models.Index(models.F('subscription_id'), banyan.subscriptions.models.End('during'), name='who_pays_by_end'),
        ),
        migrations.AddConstraint(
            model_name='whopays',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('subscription_id'), '&&')], name='subscription_has_one_payer_on_any_day'),
        ),
        migrations.AddConstraint(
            model_name='whopays',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode', 'customer_separate'), ('group__isnull', True)), models.Q(models.Q(('mode', 'customer_separate'), _negated=True), ('group__isnull', False)), _connector='OR'), name='who_pays_has_a_group_unless_separate'),
        ),
        migrations.AddConstraint(
            model_name='whopays',
            constraint=models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='who_pays_holds_on_some_day'),
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
