from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

import banyan.foundation.actors
import banyan.kernel.decimals

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('foundation', '0001_initial'),
        ('foundation', '0002_answers_by_caller'),
        ('foundation', '0003_history_is_always_kept'),
        ('foundation', '0004_history_by_moment'),
        ('foundation', '0005_reasons'),
        ('foundation', '0006_exact_history'),
        ('foundation', '0007_actors'),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('value', models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='HistoryEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.TextField(db_default=django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf(models.Func(models.Value('banyan.actor'), models.Value(True), function='current_setting', output_field=models.CharField()), models.Value('')), models.Value('system')))),
                ('actor_kind', models.CharField(db_default=django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf(models.Func(models.Value('banyan.actor_kind'), models.Value(True), function='current_setting', output_field=models.CharField()), models.Value('')), models.Value('system')), max_length=20)),
                ('actor_id', models.BigIntegerField(db_default=django.db.models.functions.comparison.Cast(django.db.models.functions.comparison.NullIf(models.Func(models.Value('banyan.actor_id'), models.Value(True), function='current_setting', output_field=models.CharField()), models.Value('')), models.BigIntegerField()), null=True)),
                ('action', models.CharField(max_length=40)),
                ('subject_kind', models.CharField(max_length=30)),
                ('subject_id', models.BigIntegerField()),
                ('changes', models.JSONField(decoder=banyan.kernel.decimals.ExactDecoder)),
            ],
            options={
                'verbose_name_plural': 'history entries',
                'indexes': [models.Index(fields=['subject_kind', 'subject_id', 'id'], name='history_of_subject'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['at'], name='history_by_moment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('actor_kind__in', [banyan.foundation.actors.ActorKind['USER'], banyan.foundation.actors.ActorKind['API_KEY'], banyan.foundation.actors.ActorKind['COMMAND_LINE'], banyan.foundation.actors.ActorKind['SYSTEM'], banyan.foundation.actors.ActorKind['UNKNOWN']])), name='an_actor_is_of_a_known_kind'), models.CheckConstraint(condition=models.Q(models.Q(('actor_id__isnull', False), ('actor_kind__in', [banyan.foundation.actors.ActorKind['USER'], banyan.foundation.actors.ActorKind['API_KEY']])), models.Q(models.Q(('actor_kind__in', [banyan.foundation.actors.ActorKind['USER'], banyan.foundation.actors.ActorKind['API_KEY']]), _negated=True), ('actor_id__isnull', True)), _connector='OR'), name='users_and_keys_are_known_by_their_rows')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('caller', models.CharField(default='', max_length=50)),
                ('key', models.CharField(max_length=255)),
                ('method', models.CharField(max_length=10)),
                ('path', models.TextField()),
                ('request_digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('caller', 'key', 'method', 'path'), name='idempotency_key_once_a_caller')],
            },
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
