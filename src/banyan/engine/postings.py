"""What an invoice posts to the ledger (LED-1); each posting balances in itself."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from banyan.engine.result import Line
from banyan.kernel.frozen import frozen


class LedgerKind(StrEnum):
    """The kinds of ledger account, each kept per billing account."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX_PAYABLE = "tax_payable"


_RECEIVABLE, _REVENUE, _TAX_PAYABLE = LedgerKind  # asking an enum for a member takes longer than all the rest here


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
    sums: dict[int, AccountSum] = {}
    for line in lines:
        account_id, taken = line.draft.account_id, line.taken
        so_far = sums.get(account_id)
        if so_far is None:
            sums[account_id] = AccountSum(account_id, taken.net, taken.tax)
        else:
            sums[account_id] = AccountSum(account_id, so_far.net + taken.net, so_far.tax + taken.tax)
    return tuple(sums.values())


def postings(payer_account_id: int, sums: Iterable[AccountSum]) -> tuple[Posting, ...]:
    """Receivable of the payer against revenue and tax payable of each account that charges come from.

    A sum below zero changes sides, one of zero is not posted.
    """
    made = []
    for part in sums:
        for kind, amount in ((_REVENUE, part.net), (_TAX_PAYABLE, part.tax)):
            if amount > 0:
                made.append(Posting(_RECEIVABLE, payer_account_id, kind, part.account_id, amount))
            elif amount:
                made.append(Posting(kind, part.account_id, _RECEIVABLE, payer_account_id, -amount))
    return tuple(made)
