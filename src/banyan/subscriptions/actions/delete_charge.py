"""Delete a one-time charge that is not billed yet (SUB-7)."""

from django.db import transaction

from banyan.foundation.history import for_reason
from banyan.kernel.reasons import checked_reason
from banyan.subscriptions.actions.update_charge import lock_unbilled_charge


@transaction.atomic
def delete_charge(charge_id: int, reason: str = "") -> None:
    """It is never billed; the history keeps what it was, and the reason (RUN-11). Refused once it is billed."""
    why = checked_reason(reason)
    charge = lock_unbilled_charge(charge_id, "deleted")
    with for_reason(why):
        charge.delete()
