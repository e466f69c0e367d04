"""Change the terms of an order that is still a draft (SUB-1)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from banyan.subscriptions.models import Order
from banyan.subscriptions.ordering import lock_draft_order, rewrite_order, subscription_of
from banyan.subscriptions.subscribing import checked_candidates


@transaction.atomic
def update_order(order_id: int, changes: Mapping[str, Any]) -> Order:
    """`changes` are some of the terms of inputs.NewOrder; its number and account stay. Refused when it is no draft, and
    for whatever a subscription with the terms that come of it would be refused for.
    """
    order = lock_draft_order(order_id, "changed")
    wanted = replace(subscription_of(order), **changes)
    (candidate,) = checked_candidates([wanted], ordered=not changes.keys() & {"who_pays", "group"})
    candidate.problems.raise_if_any()
    return rewrite_order(order, wanted)
