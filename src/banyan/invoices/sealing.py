"""Sealing what a run issued (REL-C): checksums of invoices and lines, by which `banyan verify` knows them again.

The checksums are PostgreSQL's own of a row, made like those of its hash indexes: they take half the time that one of
the row as text would, and are the same after an upgrade of PostgreSQL. What a column that came later says is the seed,
0 where it says nothing: so the seals of earlier invoices hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from banyan.foundation.arrays import array

INVOICES_A_SEAL = 1000

INVOICE_CHECKSUM = """hash_record_extended(ROW(invoice.id, invoice.owner_id, invoice.sequence_number,
    invoice.account_id, invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.bill_run_id,
    invoice.invoice_date, invoice.due_date, invoice.currency, invoice.gross, invoice.discount, invoice.tax,
    invoice.seller_version, invoice.buyer_version, invoice.term_version, invoice.account_versions),
    coalesce(invoice.charge_id, 0))"""

LINES_CHECKSUM = """coalesce(bit_xor(hash_record_extended(ROW(line.id, line.invoice_id, line.kind, line.account_id,
    line.subscription_id, line.item_id, line.charge_id, line.product_id, line.price_id, line.description,
    line.period_start, line.period_end, line.quantity, line.unit_amount, line.gross, line.discount, line.tax,
    line.discounts, line.taxes, line.usage, line.payer_trail, line.correction, line.corrects, line.reverse_charge), 0)),
    0)"""

# Lines without an invoice's own row, so that they can be summed up before anybody is kept waiting for a number.
OF_LINES = f"""
SELECT array_agg(own.id ORDER BY own.id)::text, array_agg(own.lines ORDER BY own.id)::text,
       array_agg(own.checksum ORDER BY own.id)::text
FROM (
    SELECT line.invoice_id AS id, count(*) AS lines, {LINES_CHECKSUM} AS checksum
    FROM invoices_invoiceline line WHERE line.invoice_id = ANY(%(ids)s::bigint[]) GROUP BY line.invoice_id
) AS own
GROUP BY own.id / {INVOICES_A_SEAL}
"""

SEAL = f"""
INSERT INTO invoices_invoiceseal (bill_run_id, invoice_ids, of_invoices, lines, of_lines)
SELECT %(run)s, %(ids)s::bigint[], array_agg({INVOICE_CHECKSUM} ORDER BY invoice.id), %(lines)s::integer[],
       %(checksums)s::bigint[]
FROM invoices_invoice invoice WHERE invoice.id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class SealedLines:
    """Of up to a thousand invoices, in the order of their ids: how many lines each has, and the checksum of these; as
    PostgreSQL writes arrays, since nobody else reads them.
    """

    invoices: str
    lines: str
    checksums: str


def sealed_lines(invoice_ids: Iterable[int]) -> list[SealedLines]:
    """Sum up the lines of invoices that are about to be issued. Their lines no longer change."""
    with connection.cursor() as cursor:
        cursor.execute(OF_LINES, {"ids": array(invoice_ids)})
        return [SealedLines(*row) for row in cursor.fetchall()]


def seal_invoices(run_id: int, of_lines: Iterable[SealedLines]) -> None:
    """Seal invoices of a run, once they have their numbers; in the transaction that issues them."""
    with connection.cursor() as cursor:
        for sealed in of_lines:
            values: dict[str, Any] = {
                "run": run_id,
                "ids": sealed.invoices,
                "lines": sealed.lines,
                "checksums": sealed.checksums,
            }
            cursor.execute(SEAL, values)
