"""Rename a subscription group (GRP-1)."""

from django.db import transaction

from banyan.kernel.refusals import invalid, unknown
from banyan.kernel.texts import fault_of
from banyan.subscriptions.models import SubscriptionGroup

LONGEST_NAME = 200


@transaction.atomic
def rename_group(group_id: int, name: str) -> SubscriptionGroup:
    """The name is for people; its payer stays."""
    group = SubscriptionGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise unknown("group", "there is no such group", group_id)
    if fault := fault_of(name, LONGEST_NAME):
        raise invalid("name", "unreadable", f"name {fault}", "GRP-1", name)
    group.name = name
    group.save(update_fields=["name"])
    return group
