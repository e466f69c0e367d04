"""/accounts: what they are, what they owe, what happened to them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts import queries
from banyan.accounts.custom_fields import having
from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account, CustomSubject
from banyan.accounts.today import days_now, each_on_its_day, today, today_of_account
from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.bodies import problems_of
from banyan.api.declared import filters_by, shown, wanted
from banyan.api.fields import AccountId, Day
from banyan.api.history import history_of
from banyan.api.pages import CustomFieldFilters, OnDay, Page, Paging, Search, Unsorted, page_of, row_after, write_cursor
from banyan.api.rows import found, matching
from banyan.api.schemas.accounts import (
    RELATIONS,
    AccountAnswer,
    AccountChanges,
    AccountNumber,
    Balance,
    LedgerEntryAnswer,
    NewAccount,
)
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.writes import created, done
from banyan.billruns.queries import next_invoice_dates
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.delete_account import delete_account
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.propose_account_number import propose_account_number
from banyan.customers.actions.update_account import update_account
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amount_text, amounts_by_currency
from banyan.kernel.refusals import all_or_nothing
from banyan.ledger.queries import LedgerEntry, balances, entries_of_account
from banyan.relations.inputs import AccountPlacement
from banyan.relations.queries import (
    Role,
    parent_accounts_on,
    responsible_accounts_on,
    roles_on,
    with_parent,
    with_responsible_account,
    with_role,
)

router = Router()
_STATUS = frozenset(("status", "status_date", "status_reason"))
ORDERS = {"number": "number", "name": "name", "start_date": "start_date", "created_at": "created_at"}


class LedgerFilters(Unsorted):
    """LED-1: what was posted from `since` up to `until`, both days included."""

    since: Day | None = None
    until: Day | None = None


@filters_by(ACCOUNT)
class AccountFilters(Paging):
    """ACC-*, with relations and roles as on `on` (default today)."""

    q: Search = None
    parent: AccountId | None = None
    responsible_account: AccountId | None = None
    role: Literal["responsible", "managed", "none"] | None = None
    custom_fields: CustomFieldFilters = None
    on: Day | None = None


@router.get("/accounts", response=Page[AccountAnswer])
def list_accounts(request: HttpRequest, query: Query[AccountFilters]) -> Page[AccountAnswer]:
    """Accounts; `custom_fields.KEY` finds by what a custom field holds.

    `q` finds by number, external number, name and e-mail of the account, and by those of its customer: every word of it
    has to begin a word there. Case, accents and signs don't matter: `mul lud` finds Müller-Lüdenscheidt.
    Without `sort`, accounts whose number, or whose customer's, begins with a word with digits come first.
    """
    rows = _related(matching(queries.accounts(), **wanted(ACCOUNT, query)), query)
    if query.custom_fields is not None:
        rows = having(rows, CustomSubject.ACCOUNT, query.custom_fields)
    return page_of_accounts(rows, query, query.on, query.q)


def page_of_accounts(
    rows: QuerySet[Account], paging: Paging, on: date | None, typed: str | None = None
) -> Page[AccountAnswer]:
    """One page of accounts that hold the words typed, with relations as on the day (default today)."""
    return page_of(
        Page[AccountAnswer],
        rows,
        paging,
        ORDERS,
        lambda shown: account_answers(shown, on),
        among=Account.objects.all(),
        typed=typed,
    )


def _day_of_relations(query: AccountFilters) -> date:
    """Today for the account that is named."""
    named = query.parent or query.responsible_account
    return today() if named is None else today_of_account(named)


def _related(rows: QuerySet[Account], query: AccountFilters) -> QuerySet[Account]:
    """Those that have the wanted relations on the day."""
    day = query.on or _day_of_relations(query)
    if query.parent is not None:
        rows = with_parent(rows, query.parent, day)
    if query.responsible_account is not None:
        rows = with_responsible_account(rows, query.responsible_account, day)
    if query.role is not None:
        rows = with_role(rows, None if query.role == "none" else Role(query.role), day)
    return rows


@router.post("/accounts", response={201: AccountAnswer})
def post_account(request: HttpRequest, body: NewAccount) -> Status[AccountAnswer]:
    """Open another account of a customer."""
    given = body.not_null()
    relations = {name: given.pop(name, None) for name in RELATIONS}
    placement = AccountPlacement(account=given, **relations, problems=problems_of(body))
    return created(answer_of_account(open_account(placement).id))


@router.post("/accounts/number", response=AccountNumber)
def post_account_number(request: HttpRequest) -> AccountNumber:
    """Propose a free account number; nobody else is proposed the same one."""
    return AccountNumber(number=propose_account_number())


@router.get("/accounts/{account_id}", response=AccountAnswer)
def get_account(request: HttpRequest, account_id: AccountId, query: Query[OnDay]) -> AccountAnswer:
    """One account, with its relations as on a day."""
    return answer_of_account(account_id, query.on)


@router.patch("/accounts/{account_id}", response=AccountAnswer)
def patch_account(request: HttpRequest, account_id: AccountId, body: AccountChanges) -> AccountAnswer:
    """Change what is named. A status takes `status_date` (default today) and `status_reason` (ACC-3)."""
    given, wrong = body.given(), problems_of(body)
    status = {field: given.pop(field) for field in _STATUS if field in given}
    changes: list[Callable[[], object]] = [lambda: update_account(account_id, given, wrong)]
    if status:
        name, on, reason = status.get("status"), status.get("status_date"), status.get("status_reason", "")
        changes.append(lambda: change_account_status(account_id, name, on, reason))
    all_or_nothing(changes)
    return answer_of_account(account_id)


@router.delete("/accounts/{account_id}", response={204: None})
def remove_account(request: HttpRequest, account_id: AccountId) -> Status[None]:
    """Delete for good an account that nothing was ever charged to (ACC-15); make it inactive otherwise."""
    delete_account(account_id)
    return done()


@router.get("/accounts/{account_id}/balance", response=Balance)
def get_balance(request: HttpRequest, account_id: AccountId, query: Query[OnDay]) -> Balance:
    """What the account owes, at the end of a day (default today, LED-2)."""
    account = found(queries.accounts(), account_id)
    owed = balances([account_id], query.on).get(account_id, {})
    return Balance(
        account=encode_id("account", account_id),
        on=query.on or today(account.owner_id),
        currency=account.currency,
        balance=amount_text(owed.get(account.currency, Decimal(0)), account.currency),
        balance_by_currency=amounts_by_currency(owed),
    )


@router.get("/accounts/{account_id}/ledger", response=Page[LedgerEntryAnswer])
def list_ledger(request: HttpRequest, account_id: AccountId, query: Query[LedgerFilters]) -> Page[LedgerEntryAnswer]:
    """The movements of what the account owes, oldest first, with what it owed after each (LED-1)."""
    found(queries.accounts(), account_id)
    after = 0 if query.cursor is None else row_after(query.cursor)
    entries = entries_of_account(account_id, after, query.limit + 1, query.since, query.until)
    shown = entries[: query.limit]
    others = ids_in_scope("account", [entry.other_account_id for entry in shown])
    following = write_cursor([shown[-1].posting_id]) if len(entries) > query.limit else None
    return Page[LedgerEntryAnswer](data=[_ledger_answer(entry, others) for entry in shown], next_cursor=following)


@router.get("/accounts/{account_id}/history", response=Page[HistoryEntryAnswer])
def list_history(request: HttpRequest, account_id: AccountId, query: Query[Unsorted]) -> Page[HistoryEntryAnswer]:
    """Who changed what, and when; newest first (ACC-16)."""
    found(queries.accounts(), account_id)
    return history_of("account", account_id, query)


def answer_of_account(account_id: int, on: date | None = None) -> AccountAnswer:
    """One account as clients see it. Refused (404) when there is none."""
    (answer,) = account_answers([found(queries.accounts(), account_id)], on)
    return answer


def account_answers(rows: Sequence[Account], on: date | None) -> list[AccountAnswer]:
    """Accounts as clients see them: relations as on the day (default today), balances of today."""
    ids, days = [row.id for row in rows], days_now()
    day_of = on or {row.id: days.of(row.owner_id) for row in rows}
    roles, owed = each_on_its_day(ids, day_of, roles_on), balances(ids)
    parents = each_on_its_day(ids, day_of, parent_accounts_on)
    responsible = each_on_its_day(ids, day_of, responsible_accounts_on)
    related = ids_in_scope("account", [*parents.values(), *responsible.values()])
    next_invoices = next_invoice_dates(rows)
    return [
        _account_answer(
            row,
            id_if_in_scope("account", parents.get(row.id), related),
            id_if_in_scope("account", responsible.get(row.id), related),
            roles.get(row.id),
            next_invoices[row.id],
            owed.get(row.id, {}),
        )
        for row in rows
    ]


def _account_answer(
    row: Account,
    parent: str | None,
    responsible: str | None,
    role: Role | None,
    next_invoice: date | None,
    owed: Mapping[str, Decimal],
) -> AccountAnswer:
    return AccountAnswer(
        **shown(ACCOUNT, row),
        id=encode_id("account", row.id),
        status_reason=row.status_reason,
        status_date=row.status_date,
        inactive_since=row.inactive_since,
        parent=parent,
        responsible_account=responsible,
        role=role,
        next_invoice_date=next_invoice,
        balance=amount_text(owed.get(row.currency, Decimal(0)), row.currency),
        created_at=row.created_at,
    )


def _ledger_answer(entry: LedgerEntry, others: Collection[int]) -> LedgerEntryAnswer:
    return LedgerEntryAnswer(
        id=encode_id("posting", entry.posting_id),
        posted_on=entry.posted_on,
        source_kind=entry.source_kind,
        source=encode_id("invoice", entry.source_id),
        currency=entry.currency,
        debit=amount_text(entry.debit, entry.currency),
        credit=amount_text(entry.credit, entry.currency),
        other_kind=entry.other_kind,
        other_account=id_if_in_scope("account", entry.other_account_id, others),
        balance=amount_text(entry.balance, entry.currency),
    )
