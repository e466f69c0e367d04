"""The ledger: append-only postings. It knows a source reference, never an invoice."""

from django.db import models
from django.db.models import Q

from banyan.kernel.money import amount_shown


class Posting(models.Model):
    """LED-1: one amount that moves from a credit side to a debit side.

    Both sides stand in one row, so a posting, and with it every transaction, adds up to zero by construction; the
    amount is positive, and a reversal swaps the sides. Kinds: receivable, revenue, tax_payable
    (engine.postings.LedgerKind). The account numbers have no foreign key: a trigger on accounts refuses to delete one
    that is posted to.
    """

    source_kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    posted_on = models.DateField()
    currency = models.CharField(max_length=3)
    debit_kind = models.CharField(max_length=20)
    debit_account_id = models.BigIntegerField()
    credit_kind = models.CharField(max_length=20)
    credit_account_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        indexes = [
            models.Index(
                fields=["debit_account_id"], condition=Q(debit_kind="receivable"), name="posting_to_receivable"
            ),
            models.Index(
                fields=["credit_account_id"], condition=Q(credit_kind="receivable"), name="posting_from_receivable"
            ),
            models.Index(fields=["source_id"], name="posting_by_source"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_amount_is_positive"),
            models.CheckConstraint(condition=Q(source_kind__in=["invoice", "void"]), name="posting_has_a_known_source"),
        ]

    def __str__(self) -> str:
        return f"{amount_shown(self.amount, self.currency)} on {self.posted_on}"
