import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('transfer', '0001_initial'),
        ('transfer', '0002_exports'),
        ('transfer', '0003_cancelling'),
    ]

    dependencies = [
        ('organizations', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=50)),
                ('size', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('rows', models.BigIntegerField(default=0)),
                ('failure', models.TextField(default='')),
                ('forgotten', models.BooleanField(default=False)),
                ('on', models.DateField(null=True)),
                ('for_spreadsheets', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('refused', 'Refused'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('asked_by', models.TextField()),
                ('api_key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.apikey')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.user')),
            ],
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=50)),
                ('size', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('rows', models.BigIntegerField(default=0)),
                ('failure', models.TextField(default='')),
                ('forgotten', models.BooleanField(default=False)),
                ('file', models.CharField(max_length=200)),
                ('dry_run', models.BooleanField()),
                ('all_or_nothing', models.BooleanField()),
                ('separator', models.CharField(db_default=',', default=',', max_length=1)),
                ('decimal_comma', models.BooleanField(db_default=False, default=False)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('checked', 'Checked'), ('done', 'Done'), ('refused', 'Refused'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('sent_by', models.TextField()),
                ('run_by', models.TextField()),
                ('imported', models.BigIntegerField(default=0)),
                ('duplicates', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0)),
                ('problem_count', models.BigIntegerField(default=0)),
                ('problems', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='ImportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.IntegerField()),
                ('bytes', models.BinaryField()),
                ('content', models.CharField(choices=[('file', 'File'), ('problems', 'Problems')], max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='ExportProgress',
            fields=[
                ('rows', models.BigIntegerField(default=0)),
                ('trouble', models.TextField(default='')),
                ('cancelled', models.BooleanField(default=False)),
                ('of', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='transfer.export')),
                ('rows_expected', models.BigIntegerField(default=0)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ExportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.IntegerField()),
                ('bytes', models.BinaryField()),
                ('of', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='transfer.export')),
            ],
        ),
        migrations.CreateModel(
            name='ImportProgress',
            fields=[
                ('rows', models.BigIntegerField(default=0)),
                ('trouble', models.TextField(default='')),
                ('cancelled', models.BooleanField(default=False)),
                ('of', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='transfer.import')),
                ('bytes_read', models.BigIntegerField(default=0)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'running', 'checked', 'done', 'refused', 'failed', 'cancelled'])), name='an_import_has_a_known_status'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dry_run', False), ('status', 'checked'), _negated=True), models.Q(('dry_run', True), ('status', 'done'), _negated=True)), name='only_a_dry_run_ends_checked_and_only_a_real_one_done'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('waiting', 'running')), ('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('imported'), '+', models.F('duplicates')), '+', models.F('refused'))), ('imported', 0), _connector='OR'), name='every_row_of_an_import_is_accounted_for'),
        ),
        migrations.AddField(
            model_name='importpiece',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='transfer.import'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'running', 'done', 'refused', 'failed', 'cancelled'])), name='an_export_has_a_known_status'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('user', None), ('api_key', None), _connector='XOR'), name='an_export_is_asked_for_by_a_user_or_a_key'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'done'), models.Q(('rows', 0), ('size', 0)), _connector='OR'), name='only_an_export_that_is_done_is_a_file'),
        ),
        migrations.AddConstraint(
            model_name='exportpiece',
            constraint=models.UniqueConstraint(fields=('of', 'place'), name='one_piece_of_an_export_at_a_place'),
        ),
        migrations.AddConstraint(
            model_name='importpiece',
            constraint=models.UniqueConstraint(fields=('of', 'content', 'place'), name='one_piece_at_a_place'),
        ),
    ]
