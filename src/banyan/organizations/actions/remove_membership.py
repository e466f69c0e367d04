"""End a user's membership (ORG-3)."""

from django.db import transaction

from banyan.kernel.refusals import unknown
from banyan.organizations.models import Membership


@transaction.atomic
def remove_membership(user_id: int, membership_id: int) -> None:
    """From now on the user reaches what the other memberships reach."""
    membership = Membership.objects.select_for_update().filter(pk=membership_id, user=user_id).first()
    if membership is None:
        raise unknown("id", "The user has no such membership.", membership_id)
    membership.delete()
