from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('usage', '0001_initial'),
        ('usage', '0002_months'),
        ('usage', '0003_events_stay'),
        ('usage', '0004_corrections'),
        ('usage', '0005_ids_of_organizations'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
        ('catalog', '0001_schema'),
        ('subscriptions', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedId',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField(null=True)),
                ('meter_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EarlierScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField()),
                ('scope', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account_id', 'scope'), name='earlier_scope_of_account')],
            },
        ),
        migrations.CreateModel(
            name='LateUsageMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_until', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.Value(1), name='late_usage_mark_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='UsageCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_id', models.CharField(db_index=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('quantity', models.DecimalField(decimal_places=12, max_digits=30)),
                ('properties', models.JSONField(null=True)),
                ('received_at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('cancelled', 'Cancelled'), ('replaced', 'Replaced')], max_length=10)),
                ('reason', models.CharField(max_length=500)),
                ('actor', models.TextField()),
                ('corrected_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('meter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.meter')),
                ('subscription', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscription')),
            ],
            options={
                'indexes': [models.Index(fields=['meter', 'account', 'at', 'event_id'], name='correction_of_meter'), models.Index(fields=['account'], name='correction_of_account'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['corrected_at'], name='correction_by_its_moment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['cancelled', 'replaced'])), name='correction_cancels_or_replaces'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='correction_has_a_reason')],
            },
        ),
        # Its table is partitioned, which Django has no word for: it is made by the SQL below.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.CreateModel(
                name='UsageEvent',
                fields=[
                    ('event_id', models.CharField(max_length=200, primary_key=True, serialize=False)),
                    ('at', models.DateTimeField()),
                    ('quantity', models.DecimalField(decimal_places=12, max_digits=30)),
                    ('properties', models.JSONField(null=True)),
                    ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                    ('meter', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.meter')),
                    ('subscription', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscription')),
                ],
                options={
                    'indexes': [models.Index(fields=['meter', 'account', 'at'], include=('quantity',), name='usage_of_meter_and_account'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['received_at'], name='usage_by_its_arrival')],
                },
            ),
        ]),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
