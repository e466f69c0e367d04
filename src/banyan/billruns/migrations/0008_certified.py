"""A run is not completed before it has proved itself (RUN-9). Earlier runs are left to `banyan verify`."""

from django.db import migrations, models

CERTIFIED = """
ALTER TABLE billruns_billrun ADD CONSTRAINT a_completed_run_has_a_certificate
    CHECK (mode <> 'bill' OR status NOT IN ('completed', 'completed_with_errors') OR certificate IS NOT NULL) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("billruns", "0007_second_opinions")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    CERTIFIED, "ALTER TABLE billruns_billrun DROP CONSTRAINT a_completed_run_has_a_certificate"
                )
            ],
            [
                migrations.AddConstraint(
                    "billrun",
                    models.CheckConstraint(
                        condition=~models.Q(mode="bill")
                        | ~models.Q(status__in=["completed", "completed_with_errors"])
                        | models.Q(certificate__isnull=False),
                        name="a_completed_run_has_a_certificate",
                    ),
                )
            ],
        ),
    ]
