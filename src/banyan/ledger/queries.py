"""Balances, an account's ledger and the trial balance (LED-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

BALANCES = """
SELECT account_id, currency, sum(amount)
FROM (
    SELECT debit_account_id AS account_id, currency, amount FROM ledger_posting
    WHERE debit_kind = 'receivable' AND debit_account_id = ANY(%(accounts)s) AND coalesce(posted_on <= %(on)s, true)
    UNION ALL
    SELECT credit_account_id, currency, -amount FROM ledger_posting
    WHERE credit_kind = 'receivable' AND credit_account_id = ANY(%(accounts)s) AND coalesce(posted_on <= %(on)s, true)
) movement
GROUP BY account_id, currency
"""

ENTRIES = """
SELECT * FROM (
    (SELECT id, posted_on, source_kind, source_id, currency, amount, 0, credit_kind, credit_account_id
     FROM ledger_posting
     WHERE debit_kind = 'receivable' AND debit_account_id = %(account)s AND id > %(after)s
     ORDER BY id LIMIT %(limit)s)
    UNION ALL
    (SELECT id, posted_on, source_kind, source_id, currency, 0, amount, debit_kind, debit_account_id
     FROM ledger_posting
     WHERE credit_kind = 'receivable' AND credit_account_id = %(account)s AND id > %(after)s
     ORDER BY id LIMIT %(limit)s)
) entry
ORDER BY id LIMIT %(limit)s
"""

TRIAL_BALANCE = """
SELECT currency, kind, sum(debit), sum(credit)
FROM (
    SELECT currency, debit_kind AS kind, amount AS debit, 0 AS credit FROM ledger_posting WHERE posted_on <= %(on)s
    UNION ALL
    SELECT currency, credit_kind, 0, amount FROM ledger_posting WHERE posted_on <= %(on)s
) side
GROUP BY currency, kind ORDER BY currency, kind
"""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement of an account's receivables: debit (it owes more) or credit, and the other side of the posting."""

    posting_id: int
    posted_on: date
    source_kind: str
    source_id: int
    currency: str
    debit: Decimal
    credit: Decimal
    other_kind: str
    other_account_id: int


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """The debits and credits of one kind of ledger account in one currency, over all accounts."""

    currency: str
    kind: str
    debit: Decimal
    credit: Decimal


def balances(account_ids: Iterable[int], on: date | None = None) -> dict[int, dict[str, Decimal]]:
    """LED-2: what each account owes, by currency, at the end of the day or all told; none where nothing was posted."""
    found: dict[int, dict[str, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"accounts": list(account_ids), "on": on})
        for account_id, currency, balance in cursor.fetchall():
            found.setdefault(account_id, {})[currency] = balance
    return found


def entries_of_account(account_id: int, after: int = 0, limit: int = 100) -> list[LedgerEntry]:
    """The movements of the account's receivables, oldest first; the next page starts `after` the last posting seen."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"account": account_id, "after": after, "limit": limit})
        return [LedgerEntry(*row) for row in cursor.fetchall()]


def trial_balance(on: date) -> list[TrialBalanceRow]:
    """All debits and credits up to the end of the day; in each currency both add up to the same."""
    with connection.cursor() as cursor:
        cursor.execute(TRIAL_BALANCE, {"on": on})
        return [TrialBalanceRow(*row) for row in cursor.fetchall()]
