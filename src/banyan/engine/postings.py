"""What an invoice posts to the ledger (LED-1); each posting balances in itself."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from banyan.engine.result import Line
from banyan.kernel.frozen import frozen

_NOTHING = Decimal(0)


class LedgerKind(StrEnum):
    """The kinds of ledger account, each kept per billing account."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX_PAYABLE = "tax_payable"


@frozen
class AccountSum:
    """The lines of one invoice that come from one account, added up."""

    account_id: int
    net: Decimal
    tax: Decimal


@frozen
class Posting:
    """An amount above zero from the credited to the debited account."""

    debit_kind: LedgerKind
    debit_account: int
    credit_kind: LedgerKind
    credit_account: int
    amount: Decimal


def sums_by_account(lines: Iterable[Line]) -> tuple[AccountSum, ...]:
    """Net and tax of an invoice's lines for each account they come from, in the order of the lines."""
    nets: dict[int, Decimal] = {}
    taxes: dict[int, Decimal] = {}
    for line in lines:
        account_id = line.account_id
        nets[account_id] = nets.get(account_id, _NOTHING) + line.gross - line.discount
        taxes[account_id] = taxes.get(account_id, _NOTHING) + line.tax
    return tuple(AccountSum(account_id, net, taxes[account_id]) for account_id, net in nets.items())


def postings(payer_account_id: int, sums: Iterable[AccountSum]) -> tuple[Posting, ...]:
    """Receivable of the payer against revenue and tax payable of each account that charges come from.

    A sum below zero changes sides, one of zero is not posted.
    """
    return tuple(
        _posting(payer_account_id, kind, part.account_id, amount)
        for part in sums
        for kind, amount in ((LedgerKind.REVENUE, part.net), (LedgerKind.TAX_PAYABLE, part.tax))
        if amount
    )


def _posting(payer_account_id: int, kind: LedgerKind, account_id: int, amount: Decimal) -> Posting:
    if amount > 0:
        return Posting(LedgerKind.RECEIVABLE, payer_account_id, kind, account_id, amount)
    return Posting(kind, account_id, LedgerKind.RECEIVABLE, payer_account_id, -amount)
