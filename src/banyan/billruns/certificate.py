"""RUN-9: a run proves at its end that what it wrote is right, by reading it back, without the engine."""

from typing import Any

from banyan.billruns.models import BillRun
from banyan.billruns.rows import rows

AMOUNTS_AGREE = """
WITH invoice AS MATERIALIZED (SELECT * FROM invoices_invoice WHERE bill_run_id = %(run)s)
SELECT invoiced.currency, coalesce(lines.total, 0), invoiced.total, invoiced.drafts, coalesce(posted.total, 0)
FROM (
    SELECT currency, sum(gross - discount + tax) AS total,
           coalesce(sum(gross - discount + tax) FILTER (WHERE status = 'draft'), 0) AS drafts
    FROM invoice GROUP BY currency
) AS invoiced
LEFT JOIN (
    SELECT invoice.currency, sum(line.gross - line.discount + line.tax) AS total
    FROM invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id GROUP BY invoice.currency
) AS lines USING (currency)
LEFT JOIN (
    SELECT posting.currency, sum(CASE WHEN posting.debit_kind = 'receivable' THEN posting.amount ELSE 0 END
                                 - CASE WHEN posting.credit_kind = 'receivable' THEN posting.amount ELSE 0 END) AS total
    FROM invoice JOIN ledger_posting posting ON posting.source_id = invoice.id AND posting.source_kind = 'invoice'
    GROUP BY posting.currency
) AS posted USING (currency)
ORDER BY invoiced.currency
"""

BILLED_TWICE = """
SELECT line.item_id, line.charge_id, line.period_start
FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
WHERE invoice.bill_run_id = %(run)s AND line.live AND line.kind <> 'correction'
GROUP BY line.item_id, line.charge_id, line.period_start HAVING count(*) > 1
LIMIT 10
"""

ON_THE_WRONG_PAYER = """
SELECT line.id, line.account_id, invoice.account_id
FROM invoices_invoice invoice
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id AND line.kind <> 'correction'
LEFT JOIN subscriptions_whopays who
    ON who.subscription_id = line.subscription_id AND who.during @> invoice.invoice_date
LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
LEFT JOIN accounts_account source ON source.id = line.account_id AND who.mode = 'customer_separate'
LEFT JOIN accounts_account chosen
    ON chosen.customer_id = coalesce(grp.payer_id, source.customer_id) AND chosen.is_default AND who.id IS NOT NULL
LEFT JOIN relations_responsibleaccount edge
    ON edge.account_id = coalesce(chosen.id, line.account_id) AND edge.during @> invoice.invoice_date
WHERE invoice.bill_run_id = %(run)s
  AND invoice.account_id <> coalesce(edge.responsible_account_id, chosen.id, line.account_id)
LIMIT 10
"""


def certify(run: BillRun) -> dict[str, Any]:
    """The certificate: each check with whether it holds and what was found, amounts by currency as decimal texts.

    Drafts are not posted yet (RUN-7), so they are set off against the receivables.
    """
    amounts = rows(AMOUNTS_AGREE, run=run.pk)
    twice = rows(BILLED_TWICE, run=run.pk)
    misplaced = rows(ON_THE_WRONG_PAYER, run=run.pk)
    return {
        "checks": [
            {
                "check": "lines = invoices = receivables",
                "holds": all(
                    lines == invoices == drafts + receivables for _, lines, invoices, drafts, receivables in amounts
                ),
                "found": [
                    {
                        "currency": currency,
                        "lines": str(lines),
                        "invoices": str(invoices),
                        "drafts": str(drafts),
                        "receivables": str(receivables),
                    }
                    for currency, lines, invoices, drafts, receivables in amounts
                ],
            },
            {
                "check": "every item and period once",
                "holds": not twice,
                "found": [
                    {"item": item, "charge": charge, "period_start": str(start)} for item, charge, start in twice
                ],
            },
            {
                "check": "every line on the payer of WHO-5",
                "holds": not misplaced,
                "found": [
                    {"line": line, "account": account, "invoiced": invoiced} for line, account, invoiced in misplaced
                ],
            },
        ]
    }
