"""A posting comes from something that posts (LED-1), not from an invented source. Earlier ones are left to `banyan verify`."""

from django.db import migrations, models

KNOWN = """
ALTER TABLE ledger_posting ADD CONSTRAINT posting_has_a_known_source
    CHECK (source_kind IN ('invoice', 'void')) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(KNOWN, "ALTER TABLE ledger_posting DROP CONSTRAINT posting_has_a_known_source")],
            [
                migrations.AddConstraint(
                    "posting",
                    models.CheckConstraint(
                        condition=models.Q(source_kind__in=["invoice", "void"]), name="posting_has_a_known_source"
                    ),
                )
            ],
        ),
    ]
