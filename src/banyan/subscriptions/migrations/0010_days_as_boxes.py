"""At most one row of a subject on any day: the same, compared as boxes, which takes a quarter of the time (PERF-5)."""

import django.contrib.postgres.constraints
from django.db import migrations

import banyan.relations.models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_words_of_both'),
        ('subscriptions', '0009_earlier_bill_cycles'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='billingpause',
            name='account_has_one_pause_on_any_day',
        ),
        migrations.RemoveConstraint(
            model_name='whopays',
            name='subscription_has_one_payer_on_any_day',
        ),
        migrations.AddConstraint(
            model_name='billingpause',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('account_id'), '&&')], name='account_has_one_pause_on_any_day'),
        ),
        migrations.AddConstraint(
            model_name='whopays',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(banyan.relations.models.Days('subscription_id'), '&&')], name='subscription_has_one_payer_on_any_day'),
        ),
    ]
