
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billruns', '0004_what_a_run_has_seen'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='held_back',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='billrun',
            name='trouble',
            field=models.TextField(db_default=''),
        ),
    ]
