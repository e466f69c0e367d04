"""Answers about the ledger as a whole (LED-2)."""

from datetime import date

from banyan.api.fields import Answer, DecimalOut


class TrialBalanceRowAnswer(Answer):
    """The debits and credits of one kind of ledger account in one currency, over all accounts."""

    currency: str
    kind: str
    debit: DecimalOut
    credit: DecimalOut


class TrialBalance(Answer):
    """LED-2: in each currency debits and credits add up to the same."""

    on: date
    data: list[TrialBalanceRowAnswer]
