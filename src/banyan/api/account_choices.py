"""/account-types, /account-categories, /payment-terms, /bill-cycles: what accounts choose from."""

from datetime import timedelta
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from banyan.accounts import queries
from banyan.accounts.actions.create_account_category import create_account_category
from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.actions.delete_list_entry import delete_list_entry
from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.actions.update_bill_cycle import update_bill_cycle
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import AccountCategory, AccountType, BillCycle, PaymentTerm
from banyan.accounts.today import today
from banyan.api.accounts import page_of_accounts
from banyan.api.fields import AccountCategoryId, AccountTypeId, BillCycleId, Day, PaymentTermId, among
from banyan.api.pages import Page, Paging, Search, Unsorted, each, page_of, page_of_list
from banyan.api.rows import found, matching
from banyan.api.schemas.account_choices import (
    AccountCategoryAnswer,
    AccountCategoryChanges,
    AccountTypeAnswer,
    AccountTypeChanges,
    BillCycleAnswer,
    BillCycleChanges,
    BillingDates,
    NewAccountCategory,
    NewAccountType,
    NewBillCycle,
    NewPaymentTerm,
    PaymentTermAnswer,
    PaymentTermChanges,
)
from banyan.api.schemas.accounts import AccountAnswer
from banyan.api.writes import created, done
from banyan.kernel.calendar import Frequency, billing_dates
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES
from banyan.kernel.refusals import invalid

router = Router()
WhichTypes = Annotated[
    Literal["true", "false", "all"], Field(description="Inactive types are shown only when asked for")
]


class AccountTypeFilters(Paging):
    """TYP-1, TYP-2."""

    q: Search = None
    name: str | None = None
    default: bool | None = None
    active: WhichTypes = "true"


class NamedFilters(Paging):
    """Lists of things that have little more than a name."""

    q: Search = None
    name: str | None = None


class PaymentTermFilters(NamedFilters):
    """ACC-11."""

    days: int | None = None


class BillCycleFilters(NamedFilters):
    """CYC-1; `for_currency` gives what an account of it is offered: the cycles of the currency and of none (ACC-5)."""

    currency: Annotated[str, among(CURRENCIES)] | None = None
    for_currency: Annotated[str, among(CURRENCIES)] | None = None
    frequency: Annotated[str, among(Frequency)] | None = None
    time_zone: str | None = None


DAYS_OF_DATES = 3653
"""Ten years: what is asked for beyond is a mistyped year."""


class DatesUntil(Unsorted):
    """CYC-1: the billing dates up to and including `until`."""

    until: Day


@router.get("/account-types", response=Page[AccountTypeAnswer])
def list_account_types(request: HttpRequest, query: Query[AccountTypeFilters]) -> Page[AccountTypeAnswer]:
    """Account types; inactive ones are hidden (TYP-2)."""
    wanted = {"true": True, "false": False, "all": None}[query.active]
    rows = matching(queries.account_types(wanted), name=query.name, name__icontains=query.q, default=query.default)
    return page_of(Page[AccountTypeAnswer], rows, query, {"name": "name"}, each(account_type_answer))


@router.post("/account-types", response={201: AccountTypeAnswer})
def post_account_type(request: HttpRequest, body: NewAccountType) -> Status[AccountTypeAnswer]:
    """Add an account type."""
    return created(account_type_answer(create_account_type(**dict(body))))


@router.get("/account-types/{account_type_id}", response=AccountTypeAnswer)
def get_account_type(request: HttpRequest, account_type_id: AccountTypeId) -> AccountTypeAnswer:
    """One account type, active or not."""
    return account_type_answer(found(queries.account_types(None), account_type_id))


@router.patch("/account-types/{account_type_id}", response=AccountTypeAnswer)
def patch_account_type(
    request: HttpRequest, account_type_id: AccountTypeId, body: AccountTypeChanges
) -> AccountTypeAnswer:
    """Rename, describe, make the default, deactivate."""
    return account_type_answer(update_account_type(account_type_id, body.given()))


@router.delete("/account-types/{account_type_id}", response={204: None})
def delete_account_type(request: HttpRequest, account_type_id: AccountTypeId) -> Status[None]:
    """Delete a type that no account holds; deactivate it otherwise."""
    delete_list_entry(AccountType, account_type_id)
    return done()


@router.get("/account-types/{account_type_id}/accounts", response=Page[AccountAnswer])
def list_accounts_of_type(
    request: HttpRequest, account_type_id: AccountTypeId, query: Query[Paging]
) -> Page[AccountAnswer]:
    """The accounts that hold the type; if it is inactive, each needs another one when it is next changed (TYP-3)."""
    found(queries.account_types(None), account_type_id)
    rows = queries.accounts_of_type(account_type_id)
    return page_of_accounts(rows, query, None)


@router.get("/account-categories", response=Page[AccountCategoryAnswer])
def list_account_categories(request: HttpRequest, query: Query[NamedFilters]) -> Page[AccountCategoryAnswer]:
    """Account categories."""
    rows = matching(queries.account_categories(), name=query.name, name__icontains=query.q)
    return page_of(Page[AccountCategoryAnswer], rows, query, {"name": "name"}, each(account_category_answer))


@router.post("/account-categories", response={201: AccountCategoryAnswer})
def post_account_category(request: HttpRequest, body: NewAccountCategory) -> Status[AccountCategoryAnswer]:
    """Add an account category."""
    return created(account_category_answer(create_account_category(body.name)))


@router.get("/account-categories/{account_category_id}", response=AccountCategoryAnswer)
def get_account_category(request: HttpRequest, account_category_id: AccountCategoryId) -> AccountCategoryAnswer:
    """One account category."""
    return account_category_answer(found(queries.account_categories(), account_category_id))


@router.patch("/account-categories/{account_category_id}", response=AccountCategoryAnswer)
def patch_account_category(
    request: HttpRequest, account_category_id: AccountCategoryId, body: AccountCategoryChanges
) -> AccountCategoryAnswer:
    """Rename it."""
    return account_category_answer(update_list_entry(AccountCategory, account_category_id, body.given()))


@router.delete("/account-categories/{account_category_id}", response={204: None})
def delete_account_category(request: HttpRequest, account_category_id: AccountCategoryId) -> Status[None]:
    """Delete it; refused while an account is in it."""
    delete_list_entry(AccountCategory, account_category_id)
    return done()


@router.get("/payment-terms", response=Page[PaymentTermAnswer])
def list_payment_terms(request: HttpRequest, query: Query[PaymentTermFilters]) -> Page[PaymentTermAnswer]:
    """Payment terms."""
    rows = matching(queries.payment_terms(), name=query.name, name__icontains=query.q, days=query.days)
    return page_of(Page[PaymentTermAnswer], rows, query, {"name": "name", "days": "days"}, each(payment_term_answer))


@router.post("/payment-terms", response={201: PaymentTermAnswer})
def post_payment_term(request: HttpRequest, body: NewPaymentTerm) -> Status[PaymentTermAnswer]:
    """Add a payment term."""
    return created(payment_term_answer(create_payment_term(body.name, body.days)))


@router.get("/payment-terms/{payment_term_id}", response=PaymentTermAnswer)
def get_payment_term(request: HttpRequest, payment_term_id: PaymentTermId) -> PaymentTermAnswer:
    """One payment term."""
    return payment_term_answer(found(queries.payment_terms(), payment_term_id))


@router.patch("/payment-terms/{payment_term_id}", response=PaymentTermAnswer)
def patch_payment_term(
    request: HttpRequest, payment_term_id: PaymentTermId, body: PaymentTermChanges
) -> PaymentTermAnswer:
    """Rename it, or set other days for invoices that are still to come."""
    return payment_term_answer(update_list_entry(PaymentTerm, payment_term_id, body.given()))


@router.delete("/payment-terms/{payment_term_id}", response={204: None})
def delete_payment_term(request: HttpRequest, payment_term_id: PaymentTermId) -> Status[None]:
    """Delete it; refused while an account has it."""
    delete_list_entry(PaymentTerm, payment_term_id)
    return done()


@router.get("/bill-cycles", response=Page[BillCycleAnswer])
def list_bill_cycles(request: HttpRequest, query: Query[BillCycleFilters]) -> Page[BillCycleAnswer]:
    """Bill cycles."""
    rows = matching(
        queries.bill_cycles() if query.for_currency is None else queries.bill_cycles_for(query.for_currency),
        name=query.name,
        name__icontains=query.q,
        currency=query.currency,
        frequency=query.frequency,
        time_zone=query.time_zone,
    )
    sortable = {"name": "name", "start_date": "start_date"}
    return page_of(Page[BillCycleAnswer], rows, query, sortable, each(bill_cycle_answer))


@router.post("/bill-cycles", response={201: BillCycleAnswer})
def post_bill_cycle(request: HttpRequest, body: NewBillCycle) -> Status[BillCycleAnswer]:
    """Add a bill cycle."""
    return created(bill_cycle_answer(create_bill_cycle(**dict(body))))


@router.get("/bill-cycles/{bill_cycle_id}", response=BillCycleAnswer)
def get_bill_cycle(request: HttpRequest, bill_cycle_id: BillCycleId) -> BillCycleAnswer:
    """One bill cycle."""
    return bill_cycle_answer(found(queries.bill_cycles(), bill_cycle_id))


@router.patch("/bill-cycles/{bill_cycle_id}", response=BillCycleAnswer)
def patch_bill_cycle(request: HttpRequest, bill_cycle_id: BillCycleId, body: BillCycleChanges) -> BillCycleAnswer:
    """Rename it; its calendar can change only while nothing uses it."""
    return bill_cycle_answer(update_bill_cycle(bill_cycle_id, body.given()))


@router.delete("/bill-cycles/{bill_cycle_id}", response={204: None})
def delete_bill_cycle(request: HttpRequest, bill_cycle_id: BillCycleId) -> Status[None]:
    """Delete it; refused while an account is on it, and once it has run."""
    delete_list_entry(BillCycle, bill_cycle_id)
    return done()


@router.get("/bill-cycles/{bill_cycle_id}/dates", response=BillingDates)
def list_billing_dates(request: HttpRequest, bill_cycle_id: BillCycleId, query: Query[DatesUntil]) -> BillingDates:
    """The cycle's billing dates from its start on, until at most ten years from today."""
    cycle = found(queries.bill_cycles(), bill_cycle_id)
    last = today() + timedelta(days=DAYS_OF_DATES)
    if query.until > last:
        message = f"{query.until} is more than ten years ahead; give a day until {last}"
        raise invalid("until", "out_of_sight", message, "CYC-1", str(query.until))
    dates = billing_dates(cycle.start_date, Frequency(cycle.frequency), query.until)
    return page_of_list(BillingDates, dates, query, list)


def account_type_answer(row: AccountType) -> AccountTypeAnswer:
    """An account type as clients see it."""
    return AccountTypeAnswer(
        id=encode_id("account_type", row.id),
        name=row.name,
        description=row.description,
        default=row.default,
        active=row.active,
    )


def account_category_answer(row: AccountCategory) -> AccountCategoryAnswer:
    """An account category as clients see it."""
    return AccountCategoryAnswer(id=encode_id("account_category", row.id), name=row.name)


def payment_term_answer(row: PaymentTerm) -> PaymentTermAnswer:
    """A payment term as clients see it."""
    return PaymentTermAnswer(id=encode_id("payment_term", row.id), name=row.name, days=row.days)


def bill_cycle_answer(row: BillCycle) -> BillCycleAnswer:
    """A bill cycle as clients see it."""
    return BillCycleAnswer(
        id=encode_id("bill_cycle", row.id),
        name=row.name,
        currency=row.currency,
        frequency=row.frequency,
        start_date=row.start_date,
        time_zone=row.time_zone,
    )
