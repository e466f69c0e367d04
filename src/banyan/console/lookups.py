"""What selects search in: customers and accounts that fit, as [{value, text}]."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, JsonResponse

from banyan.accounts.models import Account, Customer
from banyan.accounts.postal import parts_called
from banyan.accounts.queries import owners
from banyan.accounts.searching.numbers import first_rows_by_number
from banyan.accounts.today import today, today_of_customer
from banyan.console.page import PageRequest, number_in, page, text_in
from banyan.relations.candidates import (
    account_parent_candidates,
    customer_parent_candidates,
    responsible_account_candidates,
)

MOST = 20


@page()
def customers(request: PageRequest) -> HttpResponse:
    """Any customer."""
    return _answer(first_rows_by_number(Customer.reachable.all(), Customer.objects.all(), MOST, text_in(request, "q")))


@page()
def customer_parents(request: PageRequest, customer: int) -> HttpResponse:
    """Who may become the customer's parent (CHI-1, CHI-2)."""
    return _answer(customer_parent_candidates(customer, today_of_customer(customer), text_in(request, "q"), MOST))


@page()
def customer_children(request: PageRequest, customer: int) -> HttpResponse:
    """Who might become the customer's child: any other one; what stands against it, the preview tells."""
    others = Customer.reachable.exclude(pk=customer)
    return _answer(first_rows_by_number(others, Customer.objects.all(), MOST, text_in(request, "q")))


@page()
def account_parents(request: PageRequest, account: int) -> HttpResponse:
    """Who may become the account's parent (AHI-2)."""
    row = Account.reachable.get(pk=account)
    return _answer(account_parent_candidates(row, today(row.owner_id), text_in(request, "q"), MOST))


@page()
def responsible_accounts(request: PageRequest, account: int) -> HttpResponse:
    """Who may become responsible for the account (BHI-2)."""
    row = Account.reachable.get(pk=account)
    return _answer(responsible_account_candidates(row, today(row.owner_id), text_in(request, "q"), MOST))


@page()
def parents_of_new(request: PageRequest) -> HttpResponse:
    """Who may become the parent of an account with the currency, bill cycle and owner of the form."""
    row = _account_to_be(request)
    return _answer(account_parent_candidates(row, today(row.owner_id), text_in(request, "q"), MOST))


@page()
def responsible_for_new(request: PageRequest) -> HttpResponse:
    """Who may become responsible for an account with the currency, bill cycle and owner of the form."""
    row = _account_to_be(request)
    return _answer(responsible_account_candidates(row, today(row.owner_id), text_in(request, "q"), MOST))


@page()
def address_parts(request: PageRequest) -> HttpResponse:
    """What the parts of an address are called in the country that a form says, by their fields."""
    return JsonResponse(dict(parts_called(text_in(request, "country"))))


def _account_to_be(request: PageRequest) -> Account:
    """The account that a form is about to open, as far as it is filled in; it has no number yet."""
    owner = number_in(request, "owner") or owners().order_by("pk").values_list("pk", flat=True).first()
    filled_in: dict[str, Any] = {"owner_id": owner, "bill_cycle_id": number_in(request, "bill_cycle")}
    return Account(pk=0, currency=text_in(request, "currency"), **filled_in)


def _answer(rows: Iterable[Customer | Account]) -> HttpResponse:
    return JsonResponse([{"value": str(row.pk), "text": f"{row.number} · {row.name}"} for row in rows], safe=False)
