from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import banyan.relations.models

SCHEMA = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('relations', '0001_initial'),
        ('relations', '0002_guards'),
        ('relations', '0003_guards_of_sets'),
        ('relations', '0004_marks_of_the_managed'),
        ('relations', '0005_openings_in_sets'),
        ('relations', '0006_days_as_boxes'),
        ('relations', '0007_walks_by_parent'),
        ('relations', '0008_links_that_are_over'),
        ('relations', '0009_links_over_where_the_owner_is'),
        ('relations', '0010_cycles_from_the_roots'),
    ]

    dependencies = [
        ('foundation', '0001_schema'),
        ('accounts', '0001_schema'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountParent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parent_edges', to='accounts.account')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='child_edges', to='accounts.account')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_parent_on_any_day'), models.CheckConstraint(condition=models.Q(('account', models.F('parent')), _negated=True), name='account_is_not_its_own_parent'), models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='account_parent_holds_on_some_day')],
            },
        ),
        migrations.CreateModel(
            name='CustomerParent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parent_edges', to='accounts.customer')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='child_edges', to='accounts.customer')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('customer_id'), '&&')], name='customer_has_one_parent_on_any_day'), models.CheckConstraint(condition=models.Q(('customer', models.F('parent')), _negated=True), name='customer_is_not_its_own_parent'), models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='customer_parent_holds_on_some_day')],
            },
        ),
        migrations.CreateModel(
            name='ResponsibleAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responsible_edges', to='accounts.account')),
                ('responsible_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='managed_edges', to='accounts.account')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_responsible_account_on_any_day'), models.CheckConstraint(condition=models.Q(('account', models.F('responsible_account')), _negated=True), name='account_is_not_its_own_responsible_account'), models.CheckConstraint(condition=models.Q(('during__isempty', False)), name='responsible_account_holds_on_some_day')],
            },
        ),
        migrations.RunSQL(SCHEMA, migrations.RunSQL.noop),
    ]
