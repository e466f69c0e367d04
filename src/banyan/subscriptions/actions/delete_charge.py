"""Delete a one-time charge that is not billed yet (SUB-7)."""

from django.db import transaction

from banyan.subscriptions.actions.update_charge import hold_unbilled


@transaction.atomic
def delete_charge(charge_id: int) -> None:
    """It is never billed; the history keeps what it was (RUN-11). Refused once it is billed."""
    hold_unbilled(charge_id, "deleted").delete()
