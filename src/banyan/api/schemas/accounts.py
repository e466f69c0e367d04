"""Billing accounts."""

from datetime import date, datetime

from banyan.accounts.fields import ACCOUNT
from banyan.api.bodies import Body
from banyan.api.declared import shows, takes
from banyan.api.fields import AccountId, Answer, Day, DecimalOut, not_named

RELATIONS = frozenset(("parent", "responsible_account"))
"""What a new account names besides its fields: dated, from its start date on."""


@takes(ACCOUNT, new=True, without=("customer",))
class NewAccountFields(Body):
    """An account but for whose it is; what is not given or null gets its default."""

    parent: AccountId | None = not_named()
    responsible_account: AccountId | None = not_named()


@takes(ACCOUNT, new=True)
class NewAccount(Body):
    """Another account of a customer (CUS-7)."""

    parent: AccountId | None = not_named()
    responsible_account: AccountId | None = not_named()


@takes(ACCOUNT, without=("customer",))
class AccountChanges(Body):
    """Only what is named changes. Status takes a date (default today) and a reason (ACC-3)."""

    status_date: Day | None = not_named()
    status_reason: str = not_named()


@shows(ACCOUNT)
class AccountAnswer(Answer):
    """A billing account with its role and relations on the day that was asked for."""

    id: str
    status_reason: str
    status_date: date | None
    inactive_since: date | None
    parent: str | None
    responsible_account: str | None
    role: str | None
    next_invoice_date: date | None
    balance: DecimalOut
    created_at: datetime


class AccountNumber(Answer):
    """ACC-1: a number that is free."""

    number: str


class Balance(Answer):
    """LED-2: what the account owes at the end of a day, in its own currency and in all that it has entries in."""

    account: str
    on: date
    currency: str
    balance: DecimalOut
    balance_by_currency: dict[str, DecimalOut]


class LedgerEntryAnswer(Answer):
    """LED-1: one movement of what the account owes, debit (more) or credit (less), the posting's other side, and the
    balance: what it owed in this currency after this movement and all that were posted before it.
    """

    id: str
    posted_on: date
    source_kind: str
    source: str
    currency: str
    debit: DecimalOut
    credit: DecimalOut
    other_kind: str
    other_account: str | None
    balance: DecimalOut


class ManagedAccountAnswer(AccountAnswer):
    """An account that another one is invoiced for; `account` is its id, as in every list of related accounts."""

    account: str
