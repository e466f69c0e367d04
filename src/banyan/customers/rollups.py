"""What an account and everything below it come to on a day (AHI-5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.accounts.models import Account
from banyan.invoices.queries import issued_until
from banyan.ledger.queries import balances
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import accounts_below
from banyan.usage.queries import used_until


@dataclass(frozen=True, slots=True)
class Rollup:
    """A subtree as at the end of a day: what it owes and was invoiced so far, by currency, and used, by meter key."""

    accounts: int
    balances: Mapping[str, Decimal]
    open_invoices: int
    overdue_invoices: int
    invoiced: Mapping[str, Decimal]
    usage: Mapping[str, Decimal]


def rollup(account_id: int, on: date) -> Rollup:
    """The accounts in reach that are in the subtree on the day; in a fixed number of queries."""
    accounts = in_scope(Account, accounts_below(account_id, on))
    issued = issued_until(accounts, on)
    return Rollup(
        accounts=len(accounts),
        balances=_added_up(balances(accounts, on).values()),
        open_invoices=sum(one.open for one in issued.values()),
        overdue_invoices=sum(one.overdue for one in issued.values()),
        invoiced={currency: one.total for currency, one in issued.items()},
        usage=used_until(accounts, on),
    )


def _added_up(by_currency: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for amounts in by_currency:
        for currency, amount in amounts.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return total
