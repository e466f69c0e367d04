"""At most one row of a subject on any day: the same, compared as boxes, which takes a quarter of the time (PERF-5)."""

import django.contrib.postgres.constraints
from django.db import migrations

import banyan.relations.models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_words_of_both'),
        ('relations', '0005_openings_in_sets'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='accountparent',
            name='account_has_one_parent_on_any_day',
        ),
        migrations.RemoveConstraint(
            model_name='customerparent',
            name='customer_has_one_parent_on_any_day',
        ),
        migrations.RemoveConstraint(
            model_name='responsibleaccount',
            name='account_has_one_responsible_account_on_any_day',
        ),
        migrations.AddConstraint(
            model_name='accountparent',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_parent_on_any_day'),
        ),
        migrations.AddConstraint(
            model_name='customerparent',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('customer_id'), '&&')], name='customer_has_one_parent_on_any_day'),
        ),
        migrations.AddConstraint(
            model_name='responsibleaccount',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_responsible_account_on_any_day'),
        ),
    ]
