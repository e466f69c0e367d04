"""The day of the last change of an account's status (ACC-3). That of inactive ones is known, others have none yet."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_words_of_both'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='status_date',
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE accounts_account SET status_date = inactive_since WHERE inactive_since IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
