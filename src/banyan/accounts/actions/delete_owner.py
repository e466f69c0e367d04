"""Delete an owner (OWN-2)."""

from django.db import transaction

from banyan.accounts.models import Owner
from banyan.foundation.deleting import locked_for_deletion, refuse_while_used
from banyan.kernel.refusals import conflict


@transaction.atomic
def delete_owner(owner_id: int) -> None:
    """The owner is gone; refused while it has accounts or invoices, and for the only one: a tenant has one."""
    list(Owner.objects.order_by("id").select_for_update())
    owner = locked_for_deletion(Owner, owner_id)
    refuse_while_used(owner, "OWN-2")
    if not Owner.objects.exclude(id=owner_id).exists():
        message = f"{owner} is the only owner; add another one before it is deleted."
        raise conflict("id", "only_owner", message, "OWN-2", owner_id)
    owner.delete()
