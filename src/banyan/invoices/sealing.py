"""Sealing what a run issued (REL-C): checksums of invoices and lines, by which `banyan verify` knows them again.

The checksums are PostgreSQL's own of a row, made like those of its hash indexes: they take half the time that one of
the row as text would, and are the same after an upgrade of PostgreSQL.
"""

from django.db import connection

INVOICE_CHECKSUM = """hash_record_extended(ROW(invoice.id, invoice.owner_id, invoice.sequence_number,
    invoice.account_id, invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.bill_run_id,
    invoice.invoice_date, invoice.due_date, invoice.currency, invoice.gross, invoice.discount, invoice.tax,
    invoice.seller_version, invoice.buyer_version, invoice.term_version, invoice.account_versions), 0)"""

LINES_CHECKSUM = """coalesce(bit_xor(hash_record_extended(ROW(line.id, line.invoice_id, line.kind, line.account_id,
    line.subscription_id, line.item_id, line.charge_id, line.product_id, line.price_id, line.description,
    line.period_start, line.period_end, line.quantity, line.unit_amount, line.gross, line.discount, line.tax,
    line.discounts, line.taxes, line.usage, line.payer_trail, line.correction, line.corrects, line.reverse_charge), 0)),
    0)"""

SEAL = f"""
INSERT INTO invoices_invoiceseal (bill_run_id, invoice_ids, of_invoices, lines, of_lines)
SELECT bill_run_id, array_agg(id ORDER BY id), array_agg(checksum ORDER BY id), array_agg(lines ORDER BY id),
       array_agg(of_lines ORDER BY id)
FROM (
    SELECT invoice.bill_run_id, invoice.id, {INVOICE_CHECKSUM} AS checksum, own.lines, own.checksum AS of_lines
    FROM invoices_invoice invoice CROSS JOIN LATERAL (
        SELECT count(*)::integer AS lines, {LINES_CHECKSUM} AS checksum
        FROM invoices_invoiceline line WHERE line.invoice_id = invoice.id
    ) AS own
    WHERE {{of}} AND invoice.status <> 'draft'
) AS issued
GROUP BY bill_run_id, id / 1000
"""
OF_RUN = """invoice.bill_run_id = %(run)s
      AND invoice.id NOT IN (SELECT unnest(invoice_ids) FROM invoices_invoiceseal WHERE bill_run_id = %(run)s)"""


def seal_invoices(run_id: int) -> None:
    """Seal the invoices of a run that are issued and not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(SEAL.format(of=OF_RUN), {"run": run_id})


def seal_invoice(invoice_id: int) -> None:
    """Seal an invoice that was issued by itself, after its run (INV-10)."""
    with connection.cursor() as cursor:
        cursor.execute(SEAL.format(of="invoice.id = %(invoice)s"), {"invoice": invoice_id})
