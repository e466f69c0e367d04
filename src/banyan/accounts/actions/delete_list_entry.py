"""Delete an entry of the lists that accounts and contacts choose from."""

from banyan.accounts.models import AccountCategory, AccountType, BillCycle, ContactCategory, PaymentTerm
from banyan.accounts.named import RULES
from banyan.foundation.deleting import delete_unused

ListEntry = AccountCategory | AccountType | BillCycle | ContactCategory | PaymentTerm


def delete_list_entry(model: type[ListEntry], entry_id: int) -> None:
    """The entry is gone; refused while anything uses it, with what and how often."""
    delete_unused(model, entry_id, RULES[model])
