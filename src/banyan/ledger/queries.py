"""Balances, an account's ledger and the trial balance (LED-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Sum, When, Window

from banyan.engine.postings import LedgerKind
from banyan.foundation.clock import now
from banyan.ledger.models import Posting

RECEIVABLE = LedgerKind.RECEIVABLE

BALANCES = """
WITH asked AS MATERIALIZED (
    SELECT wanted.id,
           coalesce(%(on)s::date, (%(now)s::timestamptz AT TIME ZONE coalesce(owner.time_zone, 'UTC'))::date) AS day
    FROM unnest(%(accounts)s::bigint[]) AS wanted(id)
    LEFT JOIN accounts_account account ON account.id = wanted.id
    LEFT JOIN accounts_owner owner ON owner.id = account.owner_id
)
SELECT account_id, currency, sum(amount)
FROM (
    SELECT asked.id AS account_id, posting.currency, posting.amount
    FROM asked JOIN ledger_posting posting ON posting.debit_account_id = asked.id
        AND posting.debit_kind = 'receivable' AND posting.posted_on <= asked.day
    UNION ALL
    SELECT asked.id, posting.currency, -posting.amount
    FROM asked JOIN ledger_posting posting ON posting.credit_account_id = asked.id
        AND posting.credit_kind = 'receivable' AND posting.posted_on <= asked.day
) movement
GROUP BY account_id, currency
"""

ENTRIES = """
SELECT * FROM (
    SELECT *, sum(debit - credit) OVER (PARTITION BY currency ORDER BY id) AS balance
    FROM (
        SELECT id, posted_on, source_kind, source_id, currency, amount AS debit, 0 AS credit,
            credit_kind AS other_kind, credit_account_id AS other_account_id
        FROM ledger_posting WHERE debit_kind = 'receivable' AND debit_account_id = %(account)s
        UNION ALL
        SELECT id, posted_on, source_kind, source_id, currency, 0, amount, debit_kind, debit_account_id
        FROM ledger_posting WHERE credit_kind = 'receivable' AND credit_account_id = %(account)s
    ) side
) entry
WHERE id > %(after)s AND coalesce(posted_on >= %(since)s, true) AND coalesce(posted_on <= %(until)s, true)
ORDER BY id LIMIT %(limit)s
"""

TRIAL_BALANCE = """
SELECT currency, kind, sum(debit), sum(credit)
FROM (
    SELECT currency, debit_kind AS kind, amount AS debit, 0 AS credit, debit_account_id AS account_id
    FROM ledger_posting WHERE posted_on <= %(on)s
    UNION ALL
    SELECT currency, credit_kind, 0, amount, credit_account_id FROM ledger_posting WHERE posted_on <= %(on)s
) side
WHERE %(owner)s::bigint IS NULL OR account_id IN (SELECT id FROM accounts_account WHERE owner_id = %(owner)s)
GROUP BY currency, kind ORDER BY currency, kind
"""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement of an account's receivables: debit (it owes more) or credit, the other side of the posting, and the
    balance: what the account owed in this currency after this posting and all that were made before it.
    """

    posting_id: int
    posted_on: date
    source_kind: str
    source_id: int
    currency: str
    debit: Decimal
    credit: Decimal
    other_kind: str
    other_account_id: int
    balance: Decimal


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """The debits and credits of one kind of ledger account in one currency, over all accounts."""

    currency: str
    kind: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """The debits less the credits."""
        return self.debit - self.credit


def balances(account_ids: Iterable[int], on: date | None = None) -> dict[int, dict[str, Decimal]]:
    """LED-2: what each account owes, by currency, at the end of a day, by default of today for its owner (DAT-2).

    What is dated ahead counts from its date; there is nothing where nothing was posted by then.
    """
    found: dict[int, dict[str, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"accounts": list(account_ids), "on": on, "now": now()})
        for account_id, currency, balance in cursor.fetchall():
            found.setdefault(account_id, {})[currency] = balance
    return found


def entries_of_account(
    account_id: int, after: int = 0, limit: int = 100, since: date | None = None, until: date | None = None
) -> list[LedgerEntry]:
    """The movements of the account's receivables that were posted on these days, in the order in which they were made;
    the next page starts `after` the last posting seen.
    """
    days = {"since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"account": account_id, "after": after, "limit": limit, **days})
        return [LedgerEntry(*row) for row in cursor.fetchall()]


def movements_of_account(account_id: int, since: date | None = None, until: date | None = None) -> QuerySet[Posting]:
    """The postings that moved what the account owes in these days, newest first: `moved` is above zero where it owes
    more, `running` what they came to so far in their currency, to which belongs what was owed before.
    """
    owes_more = Q(debit_kind=RECEIVABLE, debit_account_id=account_id)
    rows = Posting.objects.filter(owes_more | Q(credit_kind=RECEIVABLE, credit_account_id=account_id))
    if since is not None:
        rows = rows.filter(posted_on__gte=since)
    if until is not None:
        rows = rows.filter(posted_on__lte=until)
    moved = Case(When(owes_more, then=F("amount")), default=-F("amount"))
    running = Window(Sum("moved"), partition_by="currency", order_by=("posted_on", "id"))
    return rows.annotate(moved=moved).annotate(running=running).order_by("-posted_on", "-id")


def trial_balance(on: date, owner: int | None = None) -> list[TrialBalanceRow]:
    """All debits and credits up to the end of the day, or those of one owner's accounts; in each currency both add up
    to the same."""
    with connection.cursor() as cursor:
        cursor.execute(TRIAL_BALANCE, {"on": on, "owner": owner})
        return [TrialBalanceRow(*row) for row in cursor.fetchall()]
