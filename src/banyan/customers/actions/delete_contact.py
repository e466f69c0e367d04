"""Remove a further contact of an account (ACC-12)."""

from django.db import transaction

from banyan.accounts.models import Contact
from banyan.accounts.named import locked_of_account


@transaction.atomic
def delete_contact(account_id: int, contact_id: int) -> None:
    """The contact is gone; the account's history keeps it."""
    locked_of_account(Contact, account_id, contact_id, "contact").delete()
