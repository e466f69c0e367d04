from pathlib import Path

from django.db import migrations, models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('ledger', '0001_initial'),
        ('ledger', '0002_guards'),
        ('ledger', '0003_known_sources'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_kind', models.CharField(max_length=20)),
                ('source_id', models.BigIntegerField()),
                ('posted_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('debit_kind', models.CharField(max_length=20)),
                ('debit_account_id', models.BigIntegerField()),
                ('credit_kind', models.CharField(max_length=20)),
                ('credit_account_id', models.BigIntegerField()),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('debit_kind', 'receivable')), fields=['debit_account_id'], name='posting_to_receivable'), models.Index(condition=models.Q(('credit_kind', 'receivable')), fields=['credit_account_id'], name='posting_from_receivable'), models.Index(fields=['source_id'], name='posting_by_source')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='posting_amount_is_positive'), models.CheckConstraint(condition=models.Q(('source_kind__in', ['invoice', 'void'])), name='posting_has_a_known_source')],
            },
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
