"""The drafts of a run that has to be approved (RUN-7): what they keep in mind, issuing them, throwing them away.

Always those of the payers of one batch, in a number of statements that doesn't grow, in the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from banyan.accounts.versions import current_versions
from banyan.billruns.copying import copy_in
from banyan.billruns.models import Batch, RunError
from banyan.billruns.rows import Row, rows
from banyan.billruns.writing import POSTING_COLUMNS, count_up, posting_rows
from banyan.engine.postings import AccountSum, postings
from banyan.foundation.arrays import array
from banyan.invoices.parties import accounts_named_on
from banyan.invoices.sealing import seal_invoices, sealed_lines
from banyan.invoices.taking_back import Taken

DRAFTS = """
    invoice.bill_run_id = %(run)s AND invoice.account_id BETWEEN %(first)s AND %(last)s AND invoice.status = 'draft'
"""

LOCK_DRAFTS = f"""
SELECT invoice.id, invoice.owner_id, invoice.account_id FROM invoices_invoice invoice WHERE {DRAFTS}
ORDER BY invoice.id FOR UPDATE
"""

SUMS = f"""
SELECT invoice.id, invoice.account_id, invoice.invoice_date, invoice.currency, line.account_id,
       sum(line.gross - line.discount), sum(line.tax)
FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
WHERE {DRAFTS}
GROUP BY invoice.id, line.account_id ORDER BY invoice.id, min(line.id)
"""

ISSUE = """
UPDATE invoices_invoice invoice
SET sequence_number = numbered.sequence_number,
    status = CASE WHEN gross - discount + tax = 0 THEN 'paid' ELSE 'open' END,
    seller_version = numbered.seller, buyer_version = numbered.buyer, term_version = numbered.term,
    account_versions = numbered.accounts::bigint[]
FROM unnest(%(ids)s::bigint[], %(numbers)s::bigint[], %(sellers)s::bigint[], %(buyers)s::bigint[], %(terms)s::bigint[],
            %(accounts)s::text[]) AS numbered(id, sequence_number, seller, buyer, term, accounts)
WHERE invoice.id = numbered.id
"""


FREE_CHARGES = f"""
UPDATE subscriptions_charge SET billed = false
WHERE id IN (SELECT line.charge_id FROM invoices_invoice invoice
             JOIN invoices_invoiceline line ON line.invoice_id = invoice.id WHERE {DRAFTS})
"""

END_LINES = f"""
UPDATE invoices_invoiceline line SET live = false
FROM invoices_invoice invoice WHERE line.invoice_id = invoice.id AND {DRAFTS}
"""

DELETE_LINES = f"""
DELETE FROM invoices_invoiceline line USING invoices_invoice invoice WHERE line.invoice_id = invoice.id AND {DRAFTS}
"""

DELETE_INVOICES = f"DELETE FROM invoices_invoice invoice WHERE {DRAFTS}"

HAS_ISSUED = "SELECT EXISTS (SELECT 1 FROM invoices_invoice WHERE bill_run_id = %(run)s AND status <> 'draft')"


def issue_drafts(batch: Batch) -> None:
    """Number and post the drafts of a batch: they are issued, just as they were looked at."""
    drafts = rows(LOCK_DRAFTS, **_of(batch))
    copy_in("ledger_posting", POSTING_COLUMNS, _posting_rows(rows(SUMS, **_of(batch))))
    of_lines = sealed_lines(row[0] for row in drafts)
    # last, as in writing.py: whoever counts up holds the counter until the commit (INV-3)
    _number([Draft(*row) for row in drafts])
    seal_invoices(batch.run_id, of_lines)


def discard_drafts(batch: Batch) -> None:
    """Delete the drafts of a batch and bring back what they changed: their items and charges are unbilled again.

    Where others were issued before (RUN-4: those of accounts that were retried are drafts of an approved run), the
    accounts are listed, to be retried or billed by the next run.
    """
    drafts = rows(LOCK_DRAFTS, **_of(batch))
    taken = Taken(batch.run_id, batch.first_account, batch.last_account, [row[0] for row in drafts], part=False)
    taken.hold_items()
    for statement in (FREE_CHARGES, END_LINES):
        _execute(statement, batch)
    taken.take_back_items()
    for statement in (DELETE_LINES, DELETE_INVOICES):
        _execute(statement, batch)
    ((has_issued,),) = rows(HAS_ISSUED, run=batch.run_id)
    if has_issued:
        _list_as_discarded(batch.run_id, drafts)
    else:
        batch.invoices, batch.totals = 0, {}


def _of(batch: Batch) -> Mapping[str, int]:
    return {"run": batch.run_id, "first": batch.first_account, "last": batch.last_account}


def _execute(statement: str, batch: Batch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_of(batch), "batch": batch.pk})


def _posting_rows(sums: Sequence[Row]) -> list[str]:
    found: list[str] = []
    for (invoice, payer, day, currency), parts in groupby(sums, key=lambda row: row[:4]):
        by_account = [AccountSum(account, net, tax) for *_, account, net, tax in parts]
        found += posting_rows(invoice, day, currency, postings(payer, by_account))
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that is being issued: whose it is, and who is invoiced."""

    id: int
    owner: int
    payer: int


def _number(drafts: Sequence[Draft]) -> None:
    """Give them their numbers, and the parties as they are now (INV-9)."""
    named = accounts_named_on([draft.id for draft in drafts])
    versions = current_versions({draft.payer for draft in drafts}, set().union(*named.values()))
    by_owner: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_owner[draft.owner].append(draft)
    for owner in sorted(by_owner):
        issued = by_owner[owner]
        last = count_up(owner, len(issued))
        parties = [versions.parties[draft.payer] for draft in issued]
        accounts = [array(sorted(versions.accounts[account] for account in named[draft.id])) for draft in issued]
        with connection.cursor() as cursor:
            cursor.execute(
                ISSUE,
                {
                    "ids": array(draft.id for draft in issued),
                    "numbers": array(range(last - len(issued) + 1, last + 1)),
                    "sellers": array(each.seller for each in parties),
                    "buyers": array(each.buyer for each in parties),
                    "terms": array(each.term for each in parties),
                    "accounts": accounts,
                },
            )


def _list_as_discarded(run_id: int, drafts: Sequence[Row]) -> None:
    accounts = sorted({account for *_, account in drafts})
    RunError.objects.bulk_create(
        (
            RunError(
                run_id=run_id,
                account_id=account,
                code="discarded",
                message="its drafts were discarded; a retry or the next run bills it",
            )
            for account in accounts
        ),
        ignore_conflicts=True,
    )
