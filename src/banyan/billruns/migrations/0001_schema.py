from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('billruns', '0001_initial'),
        ('billruns', '0002_changed_items_of_a_batch'),
        ('billruns', '0003_approval'),
        ('billruns', '0004_what_a_run_has_seen'),
        ('billruns', '0005_trouble_and_held_back'),
        ('billruns', '0006_held_back_invoices'),
        ('billruns', '0007_second_opinions'),
        ('billruns', '0008_certified'),
        ('billruns', '0009_states_before_in_sets'),
        ('billruns', '0010_who_did_it'),
        ('billruns', '0011_warnings'),
        ('billruns', '0012_parts_of_a_batch'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='BillRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('billing_date', models.DateField()),
                ('mode', models.CharField(choices=[('bill', 'Bill'), ('simulate', 'Simulate')], default='bill', max_length=10)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('awaiting_approval', 'Awaiting Approval'), ('completed', 'Completed'), ('completed_with_errors', 'Completed With Errors'), ('failed', 'Failed'), ('discarded', 'Discarded'), ('reversed', 'Reversed')], default='queued', max_length=30)),
                ('step', models.CharField(choices=[('bill', 'Bill'), ('approve', 'Approve'), ('discard', 'Discard'), ('reverse', 'Reverse')], default='bill', max_length=10)),
                ('requires_approval', models.BooleanField(default=False)),
                ('payers_total', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('step_began_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('planned_in', models.BigIntegerField(null=True)),
                ('certificate', models.JSONField(null=True)),
                ('second_opinion', models.JSONField(null=True)),
                ('trouble', models.TextField(db_default='')),
                ('reason', models.TextField(db_default='')),
                ('warnings_in_all', models.IntegerField(db_default=0)),
                ('bill_cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='accounts.billcycle')),
            ],
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_account', models.BigIntegerField()),
                ('last_account', models.BigIntegerField()),
                ('payers', models.IntegerField()),
                ('changed_items', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('done', models.BooleanField(default=False)),
                ('billed_to', models.BigIntegerField(null=True)),
                ('invoices', models.IntegerField(default=0)),
                ('held_back', models.IntegerField(db_default=0)),
                ('totals', models.JSONField(default=dict)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='billruns.billrun')),
            ],
        ),
        migrations.CreateModel(
            name='HeldBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('total', models.DecimalField(decimal_places=4, max_digits=24)),
                ('minimum', models.DecimalField(decimal_places=4, max_digits=20)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invoices_held_back', to='billruns.billrun')),
            ],
        ),
        migrations.CreateModel(
            name='RunError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=50)),
                ('message', models.TextField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='errors', to='billruns.billrun')),
            ],
        ),
        migrations.CreateModel(
            name='RunWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=50)),
                ('message', models.TextField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='warnings', to='billruns.billrun')),
            ],
        ),
        migrations.CreateModel(
            name='SimulatedInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.JSONField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='simulated_invoices', to='billruns.billrun')),
            ],
        ),
        migrations.AddConstraint(
            model_name='billrun',
            constraint=models.UniqueConstraint(condition=models.Q(('mode', 'bill'), ('status__in', ('queued', 'running', 'awaiting_approval'))), fields=('bill_cycle',), name='one_bill_run_a_cycle_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='billrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode', 'bill'), _negated=True), models.Q(('status__in', ('completed', 'completed_with_errors')), _negated=True), ('certificate__isnull', False), _connector='OR'), name='a_completed_run_has_a_certificate'),
        ),
        migrations.AddConstraint(
            model_name='heldback',
            constraint=models.CheckConstraint(condition=models.Q(('total__lt', models.F('minimum'))), name='held_back_below_the_minimum'),
        ),
        migrations.AddConstraint(
            model_name='runerror',
            constraint=models.UniqueConstraint(fields=('run', 'account'), name='one_error_an_account_and_run'),
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
