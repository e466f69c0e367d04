"""Files of subscription groups (GRP-1)."""

from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.inputs import NewGroup
from banyan.subscriptions.models import SubscriptionGroup
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one
from banyan.transfer.queries import group_name

SUBSCRIPTION_GROUPS = FileKind(
    name="subscription-groups",
    explained="Groups of subscriptions with one payer; a payer's default group is made when it is needed.",
    columns=(
        Column("payer", "number of the customer that pays", required=True, refers_to="customer"),
        Column("name", "subscription-changes refer to it; default the payer's name", source=group_name()),
    ),
    known_by=KnownBy(("payer",), is_unique=False, made_up=("name",), may_differ=True),
    rows=lambda view: [SubscriptionGroup.objects.filter(is_default=False).order_by("id")],
    write=one_by_one(lambda record: create_group(NewGroup(**record.fields()))),
)
