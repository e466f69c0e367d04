"""Delete an account that nothing was ever charged to (ACC-15)."""

from django.db import transaction

from banyan.accounts.models import Account, Customer
from banyan.customers.deletions import check_nothing_in_the_way, lock_all_relations
from banyan.foundation.deleting import locked_for_deletion
from banyan.kernel.refusals import Kind, Problems


@transaction.atomic
def delete_account(account_id: int) -> None:
    """The account, its contacts, notes, discounts and own links are gone for good; the history stays.

    Refused once there is anything that was or will be charged, and what else stands in the way is told as well. A
    customer keeps its default account: make another one the default, or delete the customer.
    """
    lock_all_relations()
    list(Customer.objects.select_for_update().filter(accounts=account_id))
    account = locked_for_deletion(Account, account_id)
    problems = Problems()
    check_nothing_in_the_way([account_id], f"account {account.number}", "ACC-15", "make it inactive", problems)
    if account.is_default:
        others = Account.objects.filter(customer_id=account.customer_id).exclude(id=account_id).exists()
        remedy = "make another account the default one first" if others else "delete the customer instead"
        message = f"Account {account.number} is the default account of its customer; {remedy}."
        problems.add("id", "default_account", message, "CUS-6", account.number, Kind.CONFLICT)
    problems.raise_if_any()
    account.delete()
