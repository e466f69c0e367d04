from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('contracts', '0001_initial'),
        ('contracts', '0002_ends_and_history'),
        ('contracts', '0003_numbers'),
        ('contracts', '0004_ends_before'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=50, unique=True)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('signed_on', models.DateField(null=True)),
                ('start_date', models.DateField()),
                ('ends_before', models.DateField(null=True)),
                ('renewal_months', models.PositiveSmallIntegerField(null=True)),
                ('notice_days', models.PositiveSmallIntegerField(default=0)),
                ('terminated_on', models.DateField(null=True)),
                ('termination_reason', models.TextField(blank=True, default='')),
                ('notes', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='accounts.account')),
            ],
        ),
        migrations.CreateModel(
            name='ContractDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('uploaded_by', models.TextField()),
                ('uploaded_at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='contracts.contract')),
            ],
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.CheckConstraint(condition=models.Q(('ends_before__isnull', True), ('ends_before__gt', models.F('start_date')), _connector='OR'), name='contract_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.CheckConstraint(condition=models.Q(('renewal_months__isnull', True), models.Q(('ends_before__isnull', False), ('renewal_months__gt', 0)), _connector='OR'), name='contract_that_renews_has_a_term'),
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.CheckConstraint(condition=models.Q(('terminated_on__isnull', True), ('terminated_on__gte', models.F('start_date')), _connector='OR'), name='contract_is_terminated_after_it_starts'),
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
