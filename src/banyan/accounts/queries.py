"""Reads of customers, accounts and the lists that they choose from."""

from collections.abc import Collection, Sequence

from django.db.models import Count, Q, QuerySet

from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    Contact,
    ContactCategory,
    Customer,
    CustomField,
    CustomSubject,
    Note,
    Owner,
    PaymentTerm,
)
from banyan.accounts.searching.first import all_found


def customers(q: str | None = None) -> QuerySet[Customer]:
    """Customers in reach; with `q` those that are found by these words (see searching)."""
    return all_found(Customer.reachable.all(), q or "")


def accounts(q: str | None = None) -> QuerySet[Account]:
    """Accounts in reach, with their customers; with `q` those that are found by these words (see searching)."""
    return all_found(Account.reachable.select_related("customer"), q or "")


def default_accounts(customer_ids: Collection[int]) -> dict[int, int]:
    """CUS-6: the default account of each customer where it is in reach."""
    rows = Account.reachable.filter(customer_id__in=customer_ids, is_default=True)
    return dict(rows.values_list("customer_id", "id"))


def country_of_owner(customer_id: int) -> str | None:
    """The country of the owner of the customer's default account, from which letters to the customer come."""
    defaults = Account.objects.filter(customer_id=customer_id, is_default=True)
    return defaults.values_list("owner__address__country", flat=True).first()


def account_types(active: bool | None = True) -> QuerySet[AccountType]:
    """TYP-2: the active types; None for all."""
    rows = AccountType.objects.order_by("name")
    return rows if active is None else rows.filter(active=active)


def accounts_of_type(account_type_id: int) -> QuerySet[Account]:
    """TYP-3: the accounts that hold the type; if it is inactive, each has to get another when it is next changed."""
    return accounts().filter(type_id=account_type_id)


def accounts_by_type(account_type_ids: Sequence[int]) -> dict[int, int]:
    """TYP-3: how many accounts hold each of the types; types that none holds are left out."""
    rows = accounts().filter(type_id__in=account_type_ids).order_by().values_list("type_id")
    return dict(rows.annotate(Count("pk")))


def bill_cycles_for(currency: str) -> QuerySet[BillCycle]:
    """ACC-5: the cycles on offer to an account of the currency."""
    return BillCycle.objects.filter(Q(currency=currency) | Q(currency=None)).order_by("name")


def bill_cycles() -> QuerySet[BillCycle]:
    """All bill cycles (CYC-1)."""
    return BillCycle.objects.all()


def account_categories() -> QuerySet[AccountCategory]:
    """All account categories (ACC-7)."""
    return AccountCategory.objects.all()


def contact_categories() -> QuerySet[ContactCategory]:
    """All contact categories (ACC-12)."""
    return ContactCategory.objects.all()


def payment_terms() -> QuerySet[PaymentTerm]:
    """All payment terms (ACC-11)."""
    return PaymentTerm.objects.all()


def owners() -> QuerySet[Owner]:
    """The tenant's legal entities (OWN-2)."""
    return Owner.objects.all()


def contacts_of(account_id: int, q: str | None = None) -> QuerySet[Contact]:
    """ACC-12: the further contacts of an account; `q` is part of a name or an e-mail."""
    rows = Contact.reachable.filter(account_id=account_id)
    return rows.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else rows


def notes_of(account_id: int, q: str | None = None) -> QuerySet[Note]:
    """ACC-12: the notes about an account; `q` is part of a text."""
    rows = Note.reachable.filter(account_id=account_id)
    return rows.filter(text__icontains=q) if q else rows


def custom_fields(q: str | None = None) -> QuerySet[CustomField]:
    """FLD-1: the tenant's own fields; `q` is part of a key or a label."""
    rows = CustomField.objects.all()
    return rows.filter(Q(key__icontains=q) | Q(label__icontains=q)) if q else rows


def rows_with_custom_field(field: CustomField, value: object = None) -> QuerySet[Account] | QuerySet[Customer]:
    """Everybody's accounts or customers that have a value of the field, or that very value."""
    rows = Account.objects.all() if field.subject == CustomSubject.ACCOUNT else Customer.objects.all()
    if value is None:
        return rows.filter(custom_fields__has_key=field.key)
    return rows.exclude(custom_fields={}).filter(custom_fields__contains={field.key: value})
