from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('catalog', '0001_initial'),
        ('catalog', '0002_guards'),
        ('catalog', '0003_histories'),
        ('catalog', '0004_tax_exemptions'),
        ('catalog', '0005_covered_usage'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='Meter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('unit', models.CharField(default='unit', max_length=50)),
                ('aggregation', models.CharField(choices=[('sum', 'Sum'), ('count', 'Count'), ('max', 'Max'), ('last', 'Last'), ('unique', 'Unique')], default='sum', max_length=10)),
                ('precision', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=100, unique=True)),
                ('tax_category', models.CharField(max_length=50, null=True)),
                ('active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('country', models.CharField(max_length=2)),
                ('state', models.CharField(max_length=50, null=True)),
                ('tax_category', models.CharField(max_length=50, null=True)),
                ('percent', models.DecimalField(decimal_places=6, max_digits=9)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('percent__gte', 0), ('percent__lte', 100)), name='tax_percent_is_0_to_100')],
            },
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=100, null=True, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('type', models.CharField(max_length=10)),
                ('model', models.CharField(max_length=10)),
                ('interval', models.CharField(default='month', max_length=10)),
                ('interval_count', models.PositiveSmallIntegerField(default=1)),
                ('timing', models.CharField(max_length=10)),
                ('unit_amount', models.DecimalField(decimal_places=12, default=0, max_digits=30)),
                ('flat_amount', models.DecimalField(decimal_places=12, default=0, max_digits=30)),
                ('tiers', models.JSONField(default=list)),
                ('package_size', models.DecimalField(decimal_places=12, max_digits=30, null=True)),
                ('included_quantity', models.DecimalField(decimal_places=12, default=0, max_digits=30)),
                ('pooled', models.BooleanField(default=False)),
                ('show_covered_usage', models.BooleanField(db_default=True, default=True)),
                ('meter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='catalog.meter')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='catalog.product')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('interval_count__gt', 0)), name='price_interval_is_positive'), models.CheckConstraint(condition=models.Q(models.Q(('type', 'usage'), ('meter__isnull', False)), models.Q(models.Q(('type', 'usage'), _negated=True), ('meter__isnull', True)), _connector='OR'), name='usage_price_has_a_meter'), models.CheckConstraint(condition=models.Q(models.Q(('model', 'package'), _negated=True), ('package_size__gt', 0), _connector='OR'), name='package_price_has_a_package_size')],
            },
        ),
        migrations.CreateModel(
            name='Discount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('percent', models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to='accounts.account')),
                ('products', models.ManyToManyField(related_name='discounts', to='catalog.product')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('percent__isnull', False), ('amount__isnull', True)), models.Q(('percent__isnull', True), ('amount__isnull', False)), _connector='OR'), name='discount_is_percent_or_amount'), models.CheckConstraint(condition=models.Q(('percent__isnull', True), models.Q(('percent__gt', 0), ('percent__lte', 100)), _connector='OR'), name='discount_percent_is_above_0_up_to_100'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount__gt', 0), _connector='OR'), name='discount_amount_is_positive'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='discount_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='TaxExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('certificate', models.CharField(max_length=100)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tax_exemptions', to='accounts.account')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='tax_exemption_ends_after_it_starts')],
            },
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
