"""Sealing what a run issued (REL-C): checksums of invoices and lines, by which `banyan verify` knows them again.

The checksums are PostgreSQL's own of a row, made like those of its hash indexes: they take half the time that one of
the row as text would, and are the same after an upgrade of PostgreSQL.
"""

from django.db import connection

INVOICES_A_SEAL = 1000

INVOICE_CHECKSUM = """hash_record_extended(ROW(invoice.id, invoice.owner_id, invoice.sequence_number,
    invoice.account_id, invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.bill_run_id,
    invoice.invoice_date, invoice.due_date, invoice.currency, invoice.gross, invoice.discount, invoice.tax,
    invoice.seller_version, invoice.buyer_version, invoice.term_version, invoice.account_versions), 0)"""

LINES_CHECKSUM = """coalesce(bit_xor(hash_record_extended(ROW(line.id, line.invoice_id, line.kind, line.account_id,
    line.subscription_id, line.item_id, line.charge_id, line.product_id, line.price_id, line.description,
    line.period_start, line.period_end, line.quantity, line.unit_amount, line.gross, line.discount, line.tax,
    line.discounts, line.taxes, line.usage, line.payer_trail, line.correction, line.corrects, line.reverse_charge), 0)),
    0)"""

# Lines first, so that two processes of PostgreSQL may share them.
CHECKSUMS = f"""
SELECT invoice.bill_run_id, array_agg(own.id ORDER BY own.id)::text,
       array_agg({INVOICE_CHECKSUM} ORDER BY own.id)::text,
       array_agg(own.lines ORDER BY own.id)::text, array_agg(own.checksum ORDER BY own.id)::text
FROM (
    SELECT invoice.id, count(*) AS lines, {LINES_CHECKSUM} AS checksum
    FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
    WHERE {{of}} AND invoice.status <> 'draft' GROUP BY invoice.id
) AS own JOIN invoices_invoice invoice ON invoice.id = own.id
GROUP BY invoice.bill_run_id, own.id / {INVOICES_A_SEAL}
"""
OF_RUN = """invoice.bill_run_id = %(id)s
      AND invoice.id NOT IN (SELECT unnest(invoice_ids) FROM invoices_invoiceseal WHERE bill_run_id = %(id)s)"""
OF_ITS_OWN = "invoice.id = %(id)s"

SEAL = """
INSERT INTO invoices_invoiceseal (bill_run_id, invoice_ids, of_invoices, lines, of_lines) VALUES (%s, %s, %s, %s, %s)
"""


def seal_invoices(run_id: int) -> None:
    """Seal the invoices of a run that are issued and not sealed yet."""
    _seal(OF_RUN, run_id)


def seal_invoice(invoice_id: int) -> None:
    """Seal an invoice that was issued by itself, after its run (INV-10)."""
    _seal(OF_ITS_OWN, invoice_id)


def _seal(of: str, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CHECKSUMS.format(of=of), {"id": number})
        cursor.executemany(SEAL, cursor.fetchall())
