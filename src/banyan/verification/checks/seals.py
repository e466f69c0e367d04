"""What was sealed when it was issued, against what is there now."""

from banyan.invoices.sealing import INVOICE_CHECKSUM, LINES_CHECKSUM
from banyan.verification.check import Check

# Each sealed invoice beside the one of that number that is there now, or null.
COMPARED = f"""
WITH sealed AS (
    SELECT seal.bill_run_id, one.* FROM invoices_invoiceseal seal,
        unnest(seal.invoice_ids, seal.of_invoices, seal.lines, seal.of_lines) AS one(id, checksum, lines, of_lines)
), present AS (
    SELECT invoice.id, {INVOICE_CHECKSUM} AS checksum FROM invoices_invoice invoice WHERE invoice.status <> 'draft'
), present_lines AS (
    SELECT line.invoice_id, count(*) AS lines, {LINES_CHECKSUM} AS checksum
    FROM invoices_invoiceline line GROUP BY line.invoice_id
), compared AS (
    SELECT sealed.id, sealed.bill_run_id, sealed.lines, present.id IS NULL AS is_gone,
           present.checksum IS DISTINCT FROM sealed.checksum AS is_changed,
           coalesce(present_lines.lines, 0) AS present_lines,
           coalesce(present_lines.checksum, 0) <> sealed.of_lines AS has_other_lines
    FROM sealed
    LEFT JOIN present ON present.id = sealed.id
    LEFT JOIN present_lines ON present_lines.invoice_id = sealed.id
)"""

SEALS = (
    Check(
        "INV-3",
        "no invoice that was issued is gone",
        "SELECT coalesce(sum(cardinality(invoice_ids)), 0) FROM invoices_invoiceseal",
        f"""{COMPARED}
        SELECT format('invoice %s of run %s was issued with %s lines', id, bill_run_id, lines)
        FROM compared WHERE is_gone""",
    ),
    Check(
        "INV-6",
        "an invoice is as it was issued",
        "SELECT coalesce(sum(cardinality(invoice_ids)), 0) FROM invoices_invoiceseal",
        f"""{COMPARED}
        SELECT format('invoice %s of run %s', id, bill_run_id) FROM compared WHERE is_changed AND NOT is_gone""",
    ),
    Check(
        "INV-6",
        "the lines of an invoice are as they were issued",
        "SELECT coalesce(sum(one), 0) FROM invoices_invoiceseal, unnest(lines) AS one",
        f"""{COMPARED}
        SELECT format('invoice %s of run %s: issued with %s lines, has %s', id, bill_run_id, lines, present_lines)
        FROM compared WHERE has_other_lines AND NOT is_gone""",
    ),
    Check(
        "RUN-9",
        "a run that has ended has sealed what it issued",
        "SELECT count(*) FROM invoices_invoice WHERE status <> 'draft'",
        """
        SELECT format('invoice %s of run %s, which is %s', invoice.id, run.id, run.status)
        FROM invoices_invoice invoice JOIN billruns_billrun run ON run.id = invoice.bill_run_id
        WHERE invoice.status <> 'draft' AND run.status IN ('completed', 'completed_with_errors', 'reversed')
          AND NOT EXISTS (SELECT FROM (SELECT unnest(invoice_ids) AS id FROM invoices_invoiceseal) AS sealed
                          WHERE sealed.id = invoice.id)""",
    ),
)
