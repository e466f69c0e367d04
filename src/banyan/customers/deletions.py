"""What stands in the way of deleting a customer or an account (CUS-8, ACC-15)."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from banyan.accounts.models import Customer
from banyan.contracts.models import Contract
from banyan.invoices.models import Invoice
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import counted
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, lock
from banyan.relations.models import AccountParent, CustomerParent, ResponsibleAccount
from banyan.subscriptions.models import Charge, Order, OrderStatus, Subscription, WhoPays
from banyan.usage.queries import events_of


def lock_all_relations() -> None:
    """Nobody is linked to what is to be deleted while that is looked at."""
    for relation in (CUSTOMER_PARENT, ACCOUNT_PARENT, RESPONSIBLE_ACCOUNT):
        lock(relation)


def check_nothing_in_the_way(
    account_ids: Collection[int], name: str, rule: str, remedy: str, problems: Problems
) -> None:
    """Nothing was or will be charged to these accounts, and no other account is below or managed by one of them."""
    others = ~Q(account_id__in=account_ids)
    charged = {
        "subscription": Subscription.objects.filter(account_id__in=account_ids),
        "charge": Charge.objects.filter(account_id__in=account_ids),
        "invoice": Invoice.objects.filter(account_id__in=account_ids),
        "usage event": events_of(account_ids),
    }
    linked = {
        "child account": AccountParent.objects.filter(others, parent_id__in=account_ids),
        "managed account": ResponsibleAccount.objects.filter(others, responsible_account_id__in=account_ids),
    }
    contracts = {"contract": Contract.objects.filter(account_id__in=account_ids)}
    _refuse(problems, rule, "charged", f"The {name} has {{}} and stays for the record; {remedy}.", charged)
    _refuse(problems, rule, "linked", f"The {name} has or had {{}}, so it stays; {remedy}.", linked)
    _refuse(problems, rule, "contracts", f"The {name} has {{}}; delete it first.", contracts)


def check_nothing_of_the_customer(customer: Customer, problems: Problems) -> None:
    """Nobody is below the customer, and it pays for no subscription."""
    linked = {"child customer": CustomerParent.objects.filter(parent=customer)}
    paid = {
        "subscription": WhoPays.objects.filter(group__payer=customer),
        "ordered subscription": Order.objects.filter(
            Q(payer=customer) | Q(group__payer=customer), ~Q(account__customer=customer), status=OrderStatus.DRAFT
        ),
    }
    _refuse(problems, "CUS-8", "linked", f"The customer {customer.number} has or had {{}}, so it stays.", linked)
    _refuse(problems, "CUS-8", "pays", f"The customer {customer.number} pays or paid for {{}}, so it stays.", paid)


def _refuse(problems: Problems, rule: str, code: str, message: str, found: Mapping[str, QuerySet[Any]]) -> None:
    """One problem for everything of a kind that was found, with how much there is of what."""
    counts = {what: rows.count() for what, rows in found.items()}
    if any(counts.values()):
        words = ", ".join(counted(count, what, f"{what}s") for what, count in counts.items() if count)
        problems.add("id", code, message.format(words), rule, words, Kind.CONFLICT)
