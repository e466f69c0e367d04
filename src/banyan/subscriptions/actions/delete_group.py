"""Delete an empty subscription group (GRP-3)."""

from django.db import transaction
from django.db.models import Q

from banyan.accounts.today import today_of_customer
from banyan.kernel.refusals import conflict, unknown
from banyan.organizations.access_scope import counted
from banyan.relations.lineages import lock_customer_hierarchy
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.models import OrderStatus, SubscriptionGroup, WhoPays


def delete_group(group_id: int) -> None:
    """The group is gone; who paid on past days stays known: those days pass to the payer's default group.

    Refused while a subscription is in the group today or later, and for a default group that was ever used.
    """
    with transaction.atomic():
        lock_customer_hierarchy()  # a move changes who paid, then waits for the group that it refers to
        group = SubscriptionGroup.objects.select_for_update().filter(pk=group_id).first()
        if group is None:
            raise unknown("group", "there is no such group", group_id)
        memberships = WhoPays.objects.filter(group=group)
        members = memberships.filter(
            Q(during__endswith__isnull=True) | Q(during__endswith__gt=today_of_customer(group.payer_id))
        ).count()
        if members:
            what = counted(members, "subscriptions", "subscriptions")
            message = f"{what} are in the group {group.name}; only an empty group can be deleted"
            raise conflict("group", "not_empty", message, "GRP-3", group.name)
        _refuse_while_ordered(group)
        if memberships.exists():
            if group.is_default:
                message = "the default group shows who paid on past days and stays for the record"
                raise conflict("group", "kept_for_the_record", message, "GRP-3", group.name)
            memberships.update(group=default_groups([group.payer_id])[group.payer_id])
        group.delete()


def _refuse_while_ordered(group: SubscriptionGroup) -> None:
    orders = group.orders.filter(status=OrderStatus.DRAFT).count()
    if orders:
        what = counted(orders, "drafts of orders", "drafts of orders")
        message = f"{what} are to be in the group {group.name}; activate or cancel them first"
        raise conflict("group", "ordered", message, "GRP-3", group.name)
