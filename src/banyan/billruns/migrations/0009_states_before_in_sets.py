"""What drafts kept of each item is kept in sets, for every run (RUN-7, RUN-8)."""

from django.db import migrations

MOVE = """
INSERT INTO invoices_billedbefore
    (bill_run_id, first_payer, last_payer, billed_until, changed_from, until, items, payers)
SELECT batch.run_id, batch.first_account, batch.last_account, stood.billed_until, stood.changed_from, stood.until,
       array_agg(stood.item_id ORDER BY stood.item_id), array_agg(batch.first_account)
FROM billruns_statebefore stood JOIN billruns_batch batch ON batch.id = stood.batch_id
GROUP BY batch.id, stood.billed_until, stood.changed_from, stood.until
"""


class Migration(migrations.Migration):
    dependencies = [("billruns", "0008_certified"), ("invoices", "0008_billed_before")]
    operations = [migrations.RunSQL(MOVE, migrations.RunSQL.noop), migrations.DeleteModel(name="StateBefore")]
