"""Post again what was posted, for another source (INV-10)."""

from datetime import date
from typing import Any

from django.db import connection, transaction

REPEAT = """
INSERT INTO ledger_posting (source_kind, source_id, posted_on, currency, amount,
                            debit_kind, debit_account_id, credit_kind, credit_account_id)
SELECT source_kind, %(new_id)s, %(on)s, currency, amount,
       debit_kind, debit_account_id, credit_kind, credit_account_id
FROM ledger_posting
WHERE source_kind = %(source_kind)s AND source_id = %(source_id)s
ORDER BY id
"""


def repeat_postings(source_kind: str, source_id: int, new_source_id: int, on: date) -> int:
    """Post everything of a source once more, for a new source of the same kind; how many postings that were.

    The caller answers for it that the first source is reversed.
    """
    values: dict[str, Any] = {"source_kind": source_kind, "source_id": source_id, "new_id": new_source_id, "on": on}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REPEAT, values)
        posted: int = cursor.rowcount
        return posted
