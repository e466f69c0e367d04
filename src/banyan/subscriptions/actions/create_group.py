"""Make a subscription group (GRP-1)."""

from collections.abc import Sequence

from django.db import transaction

from banyan.accounts.models import Customer
from banyan.kernel.refusals import Problems, Refusal
from banyan.kernel.texts import fault_of
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.inputs import NewGroup
from banyan.subscriptions.models import Subscription, SubscriptionGroup

LONGEST_NAME = 200


def create_group(new: NewGroup) -> SubscriptionGroup:
    """A group that its payer pays for, with its first members. Refused as a whole when one of them can't be in it."""
    problems = Problems()
    payer = Customer.objects.filter(pk=new.payer).first()
    if payer is None:
        problems.add("payer", "unknown", "there is no such customer", "GRP-1", new.payer)
    if new.name is not None and (fault := fault_of(new.name, LONGEST_NAME)):
        problems.add("name", "unreadable", f"name {fault}", "GRP-1", new.name)
    _note_missing_members(new.members, problems)
    problems.raise_if_any()
    assert payer is not None  # a missing one was refused
    name = payer.name[:LONGEST_NAME] if new.name is None else new.name
    with transaction.atomic():
        group = SubscriptionGroup.objects.create(name=name, payer=payer)
        places = {subscription_id: place for place, subscription_id in enumerate(new.members)}
        for subscription_id, place in sorted(places.items()):
            _add(group, subscription_id, f"members.{place}", problems)
        problems.raise_if_any()
    return group


def _add(group: SubscriptionGroup, subscription_id: int, field: str, problems: Problems) -> None:
    try:
        add_member(group.id, subscription_id)
    except Refusal as refusal:
        for problem in refusal.problems:
            problems.add(field, problem.code, problem.message, problem.rule, subscription_id, refusal.kind)


def _note_missing_members(members: Sequence[int], problems: Problems) -> None:
    there = set(Subscription.objects.filter(pk__in=members).values_list("pk", flat=True))
    for place, subscription_id in enumerate(members):
        if subscription_id not in there:
            problems.add(f"members.{place}", "unknown", "there is no such subscription", "GRP-1", subscription_id)
