"""Delete a customer whose accounts were never charged (CUS-8)."""

from django.db import transaction

from banyan.accounts.models import Account, Customer
from banyan.customers.deletions import (
    check_nothing_in_the_way,
    check_nothing_of_the_customer,
    lock_all_relations,
)
from banyan.foundation.deleting import locked_for_deletion
from banyan.kernel.refusals import Problems
from banyan.relations.models import AccountParent, ResponsibleAccount
from banyan.subscriptions.models import SubscriptionGroup


@transaction.atomic
def delete_customer(customer_id: int) -> None:
    """The customer and its accounts, with all that belongs to them, are gone for good; the history stays.

    Refused once one of its accounts has anything that was or will be charged, while it has children or a group with
    subscriptions, and what else stands in the way is told as well.
    """
    lock_all_relations()
    customer = locked_for_deletion(Customer, customer_id)
    accounts = Account.objects.filter(customer_id=customer_id)
    account_ids = [account.id for account in accounts.order_by("id").select_for_update()]
    problems = Problems()
    remedy = "make its accounts inactive"
    check_nothing_in_the_way(account_ids, f"customer {customer.number}", "CUS-8", remedy, problems)
    check_nothing_of_the_customer(customer, problems)
    problems.raise_if_any()
    SubscriptionGroup.objects.filter(payer_id=customer_id).delete()
    for model in (AccountParent, ResponsibleAccount):
        model._default_manager.filter(account_id__in=account_ids).delete()
    accounts.delete()
    customer.delete()
