"""Postings of tests that don't come from an invoice."""

from collections.abc import Iterable
from datetime import date

from banyan.engine.postings import Posting
from banyan.ledger.models import Posting as PostingRow


def post(source_kind: str, source_id: int, on: date, currency: str, postings: Iterable[Posting]) -> None:
    """Write the postings of one source, dated `on`."""
    PostingRow.objects.bulk_create(
        PostingRow(
            source_kind=source_kind,
            source_id=source_id,
            posted_on=on,
            currency=currency,
            debit_kind=posting.debit_kind,
            debit_account_id=posting.debit_account,
            credit_kind=posting.credit_kind,
            credit_account_id=posting.credit_account,
            amount=posting.amount,
        )
        for posting in postings
    )
