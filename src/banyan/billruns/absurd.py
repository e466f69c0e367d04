"""RUN-10: what looks absurd on a run, found at the end of its billing so that whoever approves it sees it first.

Nothing is held back by it: a large order is no mistake. It is three things: a payer whose total is ten times what it
was last invoiced on this bill cycle, a quantity of 1,000,000,000, an amount of 1,000,000,000 on one line.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from banyan.billruns.models import BillRun, RunMode, RunWarning
from banyan.billruns.reading import expect_few_of_many
from banyan.billruns.rows import rows
from banyan.foundation.arrays import array
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import amount_shown

TIMES_THE_LAST = 10
"""A payer's total is told from so many times its last on."""
SMALLEST_TOLD = Decimal(100)
"""A total below that, in major units of its currency, is never told: ten times next to nothing is still little."""
HUGE = Decimal(1_000_000_000)
"""A quantity, or an amount of a line in major units (a credit too), is told from this on."""
KEPT = 100
"""So many warnings are kept of totals, and so many of lines: the furthest from usual. All of them are counted."""

# One look-up a run, from the last one back: no join, for which all invoices could be read.
DATE_BEFORE = """
SELECT billing_date FROM billruns_billrun run
WHERE bill_cycle_id = %(cycle)s AND mode = 'bill' AND billing_date < %(on)s AND status NOT IN ('reversed', 'discarded')
  AND (SELECT true FROM invoices_invoice
       WHERE bill_run_id = run.id AND status NOT IN ('draft', 'void') LIMIT 1)
ORDER BY billing_date DESC LIMIT 1
"""

# The run and those of the billing date before it are read once and grouped, without a join, however many payers there
# are. Only who was not invoiced on that date is looked up alone.
TOTALS = """
WITH totals AS MATERIALIZED (
    SELECT account_id, currency, sum(total) FILTER (WHERE is_of_run) AS total,
           sum(total) FILTER (WHERE NOT is_of_run) AS last
    FROM (
        SELECT account_id, currency, gross - discount + tax AS total, bill_run_id = %(run)s AS is_of_run
        FROM invoices_invoice
        WHERE bill_run_id = ANY(%(runs)s)
          AND status <> 'void' AND (status <> 'draft' OR bill_run_id = %(run)s)
        UNION ALL
        SELECT account_id, document ->> 'currency', (document ->> 'total')::numeric, true
        FROM billruns_simulatedinvoice WHERE run_id = %(run)s
    ) AS invoiced
    GROUP BY account_id, currency
    HAVING sum(total) FILTER (WHERE is_of_run) >= %(smallest)s
), compared AS (
    SELECT totals.account_id, totals.currency, totals.total, coalesce(totals.last, earlier.total) AS last,
           coalesce(earlier.billing_date, %(before)s::date) AS last_date
    FROM totals
    LEFT JOIN LATERAL (
        SELECT run.billing_date, sum(invoice.gross - invoice.discount + invoice.tax) AS total
        FROM invoices_invoice invoice JOIN billruns_billrun run ON run.id = invoice.bill_run_id
        WHERE totals.last IS NULL AND invoice.account_id = totals.account_id AND invoice.currency = totals.currency
          AND invoice.status NOT IN ('draft', 'void')
          AND run.bill_cycle_id = %(cycle)s AND run.billing_date < %(before)s
        GROUP BY run.billing_date ORDER BY run.billing_date DESC LIMIT 1
    ) AS earlier ON true
)
SELECT account_id, currency, total, last, last_date, count(*) OVER ()
FROM compared WHERE last > 0 AND total >= %(times)s * last
ORDER BY total / last DESC, account_id LIMIT %(kept)s
"""

# A correction has the quantity of the line that it corrects, so only its amount counts.
LINES = """
SELECT account_id, currency, description, quantity, total, is_quantity, count(*) OVER ()
FROM (
    SELECT invoice.account_id, invoice.currency, line.description, line.quantity,
           line.gross - line.discount + line.tax AS total,
           line.quantity >= %(huge)s AND line.kind <> 'correction' AS is_quantity
    FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
    WHERE invoice.bill_run_id = %(run)s AND invoice.status <> 'void'
    UNION ALL
    SELECT simulated.account_id, simulated.document ->> 'currency', line ->> 'description',
           (line ->> 'quantity')::numeric, (line ->> 'total')::numeric,
           (line ->> 'quantity')::numeric >= %(huge)s AND line ->> 'kind' <> 'correction'
    FROM billruns_simulatedinvoice simulated, jsonb_array_elements(simulated.document -> 'lines') AS line
    WHERE simulated.run_id = %(run)s
) AS line
WHERE is_quantity OR abs(total) >= %(huge)s
ORDER BY greatest(quantity, abs(total)) DESC, account_id, description LIMIT %(kept)s
"""


def warn_of_what_is_absurd(run: BillRun, has_huge_lines: bool) -> int:
    """Keep the warnings of a run or a simulation, instead of those that it had; how many there are, kept or not.

    Its lines are looked at only if one of them may be huge.
    """
    expect_few_of_many()
    run.warnings.all().delete()
    found = [_of_totals(run), _of_lines(run) if has_huge_lines else _Found()]
    RunWarning.objects.bulk_create(warning for each in found for warning in each.kept)
    return sum(each.in_all for each in found)


@dataclass(slots=True)
class _Found:
    """The warnings of a kind that are kept, and how many there are."""

    kept: list[RunWarning] = field(default_factory=list)
    in_all: int = 0


def _of_totals(run: BillRun) -> _Found:
    found, before = _Found(), _date_before(run)
    if before is None:
        return found
    earlier = BillRun.objects.filter(bill_cycle=run.bill_cycle_id, mode=RunMode.BILL, billing_date=before)
    unusual = rows(
        TOTALS,
        run=run.pk,
        runs=array([run.pk, *earlier.values_list("pk", flat=True)]),
        cycle=run.bill_cycle_id,
        before=before,
        smallest=SMALLEST_TOLD,
        times=TIMES_THE_LAST,
        kept=KEPT,
    )
    for account, currency, total, last, day, found.in_all in unusual:
        times = Decimal(decimal_text((total / last).quantize(Decimal("0.1"), ROUND_DOWN)))
        message = (
            f"The total of {amount_shown(total, currency)} is {times:,} times the last one, "
            f"{amount_shown(last, currency)} on {day}"
        )
        found.kept.append(RunWarning(run=run, account_id=account, code="unusual_total", message=message))
    return found


def _date_before(run: BillRun) -> date | None:
    """The last billing date before the run's that the cycle has invoices of; None: it is the first."""
    found = rows(DATE_BEFORE, cycle=run.bill_cycle_id, on=run.billing_date)
    return found[0][0] if found else None


def _of_lines(run: BillRun) -> _Found:
    found = _Found()
    for account, currency, description, quantity, total, is_quantity, found.in_all in rows(
        LINES, run=run.pk, huge=HUGE, kept=KEPT
    ):
        amount, code = amount_shown(total, currency), "unusual_amount"
        message = f"“{description}” comes to {amount}"
        if is_quantity:
            code = "unusual_quantity"
            message = f"“{description}” has a quantity of {Decimal(decimal_text(quantity)):,} and comes to {amount}"
        found.kept.append(RunWarning(run=run, account_id=account, code=code, message=message))
    return found
