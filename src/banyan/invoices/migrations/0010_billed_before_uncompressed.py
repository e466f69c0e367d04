"""How items stood before is kept as it comes: compressing its arrays took three quarters of the time of writing them.
In a schema that the first migration made it is so already."""

from django.db import migrations

AS_IT_COMES = """
ALTER TABLE invoices_billedbefore ALTER COLUMN items SET STORAGE EXTERNAL, ALTER COLUMN payers SET STORAGE EXTERNAL
"""
COMPRESSED = """
ALTER TABLE invoices_billedbefore ALTER COLUMN items SET STORAGE EXTENDED, ALTER COLUMN payers SET STORAGE EXTENDED
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_schema")]
    operations = [migrations.RunSQL(AS_IT_COMES, COMPRESSED)]
