from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transfer', '0003_cancelling'),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='separator',
            field=models.CharField(db_default=',', default=',', max_length=1),
        ),
        migrations.AddField(
            model_name='import',
            name='decimal_comma',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
