"""Reads of customers, accounts and the lists that they choose from."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from banyan.accounts.models import Account, AccountType, BillCycle, Customer


def customers(q: str | None = None) -> QuerySet[Customer]:
    """Customers in reach; with `q` those whose number begins with it or whose name or e-mail holds it."""
    rows = Customer.reachable.all()
    if q:
        rows = rows.filter(
            Q(number__istartswith=q)
            | Q(external_number__istartswith=q)
            | Q(name__icontains=q)
            | Q(primary_email__icontains=q)
        )
    return rows


def accounts(q: str | None = None) -> QuerySet[Account]:
    """Accounts in reach, with their customers; with `q` those whose number begins with it or whose name holds it."""
    rows = Account.reachable.select_related("customer")
    return rows.filter(matches(q)) if q else rows


def matches(q: str) -> Q:
    """Accounts that somebody who types `q` may mean."""
    return Q(number__istartswith=q) | Q(external_number__istartswith=q) | Q(name__icontains=q)


def default_accounts(customer_ids: Collection[int]) -> dict[int, int]:
    """CUS-6: the default account of each customer where it is in reach."""
    rows = Account.reachable.filter(customer_id__in=customer_ids, is_default=True)
    return dict(rows.values_list("customer_id", "id"))


def account_types(active: bool | None = True) -> QuerySet[AccountType]:
    """TYP-2: the active types; None for all."""
    rows = AccountType.objects.order_by("name")
    return rows if active is None else rows.filter(active=active)


def accounts_that_must_change_type(account_type_id: int) -> QuerySet[Account]:
    """TYP-3: the accounts that hold the type although it is inactive."""
    return Account.objects.filter(type_id=account_type_id, type__active=False)


def bill_cycles_for(currency: str) -> QuerySet[BillCycle]:
    """ACC-5: the cycles on offer to an account of the currency."""
    return BillCycle.objects.filter(Q(currency=currency) | Q(currency=None)).order_by("name")
