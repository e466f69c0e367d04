"""RUN-9: a run proves at its end that what it wrote is right, by reading it back, without the engine."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from banyan.billruns.absurd import HUGE
from banyan.billruns.models import BillRun
from banyan.billruns.reading import expect_few_of_many, share_with_a_second_process, sums_without_sorting
from banyan.billruns.rows import rows
from banyan.kernel.money import exact_amount_text

PAYERS_OF_A_SMALL_RUN = 1000
"""Up to so many payers a second process takes longer to start than the certificate."""

# A subscription's payer by WHO-5 on a day: whom it names (WHO-1), and who is responsible for that account (BHI-1).
PAYERS = """
LEFT JOIN (
    SELECT who.id AS who, who.subscription_id, who.during, chosen.id AS account_id
    FROM subscriptions_whopays who
    JOIN subscriptions_subscription subscription ON subscription.id = who.subscription_id
    JOIN accounts_account source ON source.id = subscription.account_id
    LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
    LEFT JOIN accounts_account chosen
        ON chosen.customer_id = coalesce(grp.payer_id, source.customer_id) AND chosen.is_default
) AS named ON named.subscription_id = line.subscription_id AND named.during @> %(on)s::date
LEFT JOIN LATERAL (SELECT CASE WHEN line.charge_id IS NOT NULL
    THEN banyan_account_chosen_for(line.charge_id, %(on)s::date) END AS account_id) AS by_choice ON true
LEFT JOIN relations_responsibleaccount edge
    ON edge.account_id = coalesce(by_choice.account_id, named.account_id, line.account_id)
    AND edge.during @> %(on)s::date
"""
PAYER = "coalesce(edge.responsible_account_id, by_choice.account_id, named.account_id, line.account_id)"

# One look at the lines tells the sums, and whether one is on the wrong payer, or huge; only then it is looked up which.
LINES = f"""
SELECT invoice.currency, sum(line.gross - line.discount + line.tax),
       bool_or(line.kind <> 'correction' AND invoice.account_id <> {PAYER}),
       bool_or(line.quantity >= %(huge)s OR abs(line.gross - line.discount + line.tax) >= %(huge)s)
FROM invoices_invoice invoice
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
{PAYERS}
WHERE invoice.bill_run_id = %(run)s
GROUP BY invoice.currency
"""

INVOICES = """
SELECT currency, sum(gross - discount + tax),
       coalesce(sum(gross - discount + tax) FILTER (WHERE status = 'draft'), 0)
FROM invoices_invoice WHERE bill_run_id = %(run)s GROUP BY currency ORDER BY currency
"""

RECEIVABLES = """
SELECT posting.currency, sum(CASE WHEN posting.debit_kind = 'receivable' THEN posting.amount ELSE 0 END
                             - CASE WHEN posting.credit_kind = 'receivable' THEN posting.amount ELSE 0 END)
FROM invoices_invoice invoice
JOIN ledger_posting posting ON posting.source_id = invoice.id AND posting.source_kind = 'invoice'
WHERE invoice.bill_run_id = %(run)s
GROUP BY posting.currency
"""

BILLED_TWICE = """
SELECT line.item_id, line.charge_id, line.period_start
FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
WHERE invoice.bill_run_id = %(run)s AND line.live AND line.kind <> 'correction'
GROUP BY line.item_id, line.charge_id, line.period_start HAVING count(*) > 1
LIMIT 10
"""

# A run's facts are those of the moment at which a batch read them. Where a relation of a line was changed since the run
# was planned, by transactions that it may not have seen, the relations of now say nothing about the line.
ON_THE_WRONG_PAYER = f"""
WITH misplaced AS (
SELECT line.id, line.account_id, line.subscription_id, line.payer_trail, invoice.account_id AS invoiced,
       named.account_id AS chosen, named.who
FROM invoices_invoice invoice
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id AND line.kind <> 'correction'
{PAYERS}
WHERE invoice.bill_run_id = %(run)s AND invoice.account_id <> {PAYER}
), since AS (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - planned_in AS transactions
    FROM billruns_billrun WHERE id = %(run)s
)
SELECT id, account_id, invoiced,
    EXISTS (SELECT 1 FROM subscriptions_whopays who, since
            WHERE who.subscription_id = misplaced.subscription_id AND age(who.xmin) <= since.transactions)
    OR (who IS NULL AND jsonb_path_exists(payer_trail, '$[*][0] ? (@ == "WHO-1")'))
    OR EXISTS (SELECT 1 FROM accounts_account account, since
               WHERE account.id IN (misplaced.account_id, invoiced, chosen) AND age(account.xmin) <= since.transactions)
    OR EXISTS (SELECT 1 FROM foundation_historyentry entry, since
               WHERE entry.subject_kind = 'account' AND entry.subject_id IN (misplaced.account_id, invoiced, chosen)
                 AND entry.changes ? 'responsible_account' AND age(entry.xmin) <= since.transactions)
FROM misplaced ORDER BY 4, 1
LIMIT 10
"""


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate as it is kept, and what the same look at the lines told besides: whether one of them is huge."""

    certificate: dict[str, Any]
    has_huge_lines: bool


def certify(run: BillRun) -> Certified:
    """Look at all that the run wrote: each check with whether it holds and what was found, amounts as decimal texts.

    Drafts are not posted yet (RUN-7), so they are set off against the receivables. What other runs wrote is not looked
    at, however much it is (PERF-2).
    """
    expect_few_of_many()
    if run.payers_total > PAYERS_OF_A_SMALL_RUN:
        share_with_a_second_process()
    of = {"run": run.pk, "on": run.billing_date}  # a reissued invoice is dated later, and decided as of then (INV-10)
    with sums_without_sorting():
        of_lines = {currency: found for currency, *found in rows(LINES, huge=HUGE, **of)}
        posted: dict[str, Any] = dict(rows(RECEIVABLES, run=run.pk))
    amounts = [
        (currency, of_lines.get(currency, (0,))[0], invoices, drafts, posted.get(currency, 0))
        for currency, invoices, drafts in rows(INVOICES, run=run.pk)
    ]
    twice = rows(BILLED_TWICE, run=run.pk)
    misplaced = rows(ON_THE_WRONG_PAYER, **of) if any(is_misplaced for _, is_misplaced, _ in of_lines.values()) else []
    certificate = {
        "checks": [
            {
                "check": "lines = invoices = receivables",
                "holds": all(
                    lines == invoices == drafts + receivables for _, lines, invoices, drafts, receivables in amounts
                ),
                "found": [
                    {
                        "currency": currency,
                        "lines": exact_amount_text(Decimal(lines), currency),
                        "invoices": exact_amount_text(Decimal(invoices), currency),
                        "drafts": exact_amount_text(Decimal(drafts), currency),
                        "receivables": exact_amount_text(Decimal(receivables), currency),
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
                "holds": all(changed_since for *_, changed_since in misplaced),
                "found": [
                    {"line": line, "account": account, "invoiced": invoiced, "changed_under_way": changed_since}
                    for line, account, invoiced, changed_since in misplaced
                ],
            },
        ]
    }
    return Certified(certificate, any(is_huge for _, _, is_huge in of_lines.values()))
