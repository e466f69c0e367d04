"""How a file that is sent is laid out. A schema that the first migration made has the columns already."""

from django.db import migrations

COLUMNS = """
ALTER TABLE transfer_import ADD COLUMN IF NOT EXISTS separator varchar(1) DEFAULT ',' NOT NULL,
    ADD COLUMN IF NOT EXISTS decimal_comma boolean DEFAULT false NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("transfer", "0001_schema")]
    operations = [migrations.RunSQL(COLUMNS, migrations.RunSQL.noop)]
