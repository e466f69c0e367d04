"""Post the reverse of what was posted (LED-1)."""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

REVERSE = """
INSERT INTO ledger_posting (source_kind, source_id, posted_on, currency, amount,
                            debit_kind, debit_account_id, credit_kind, credit_account_id)
SELECT %(reversal_kind)s, source_id, greatest(%(on)s::date, posted_on), currency, amount,
       credit_kind, credit_account_id, debit_kind, debit_account_id
FROM ledger_posting
WHERE source_kind = %(source_kind)s AND source_id = ANY(%(source_ids)s)
ORDER BY id
"""


def reverse_postings(source_kind: str, source_ids: Iterable[int], reversal_kind: str, on: date) -> int:
    """Post everything of these sources with the sides swapped, as of `reversal_kind`; how many postings that were.

    Dated `on`, or the day of what is taken back where that is later: so no day shows a debt that did not exist (LED-2).
    The caller answers for it that a source is reversed once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            REVERSE,
            {
                "source_kind": source_kind,
                "source_ids": list(source_ids),
                "reversal_kind": reversal_kind,
                "on": on,
            },
        )
        posted: int = cursor.rowcount
        return posted
