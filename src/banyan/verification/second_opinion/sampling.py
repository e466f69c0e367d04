"""Whom to look at after a run: some at random, and all that something was changed of since the run before."""

from banyan.verification.second_opinion.reading import rows

SOME = """
SELECT account.id
FROM billruns_billrun run JOIN accounts_account account ON account.bill_cycle_id = run.bill_cycle_id
LEFT JOIN relations_responsibleaccount edge ON edge.account_id = account.id AND edge.during @> run.billing_date
WHERE run.id = %(run)s AND edge.id IS NULL
ORDER BY random() LIMIT %(many)s
"""

CHANGED = """
WITH run AS (SELECT * FROM billruns_billrun WHERE id = %(run)s),
before AS (
    SELECT max(earlier.started_at) AS at FROM billruns_billrun earlier, run
    WHERE earlier.bill_cycle_id = run.bill_cycle_id AND earlier.mode = 'bill' AND earlier.id < run.id
),
entry AS (SELECT entry.* FROM foundation_historyentry entry, before WHERE entry.at > before.at),
changed AS (
    SELECT subject_id AS account_id FROM entry
    WHERE subject_kind = 'account' AND action = 'changed' AND changes ?| ARRAY['bill_cycle_id', 'responsible_account']
    UNION
    SELECT subscription.account_id FROM entry JOIN subscriptions_subscription subscription
        ON subscription.id = entry.subject_id
    WHERE subject_kind = 'subscription' AND action = 'changed'
    UNION
    SELECT discount.account_id FROM entry JOIN catalog_discount discount ON discount.id = entry.subject_id
    WHERE subject_kind = 'discount'
)
SELECT account_id FROM changed
UNION
SELECT invoice.account_id FROM invoices_invoice invoice
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id, run
WHERE invoice.bill_run_id = run.id AND line.account_id IN (SELECT account_id FROM changed)
"""

OF_CYCLE = """
SELECT id FROM accounts_account
WHERE id = ANY(%(ids)s) AND bill_cycle_id = (SELECT bill_cycle_id FROM billruns_billrun WHERE id = %(run)s)
"""


def payers_to_look_at(run: int, many: int) -> set[int]:
    """So many of those that the run looked at, at random, and all that were invoiced for what changed."""
    some = {row[0] for row in rows(SOME, run=run, many=many)}
    changed = {row[0] for row in rows(CHANGED, run=run)}
    return some | {row[0] for row in rows(OF_CYCLE, run=run, ids=changed)}
