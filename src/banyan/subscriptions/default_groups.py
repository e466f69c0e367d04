"""The default group of a paying customer, made when first needed (GRP-1)."""

from collections.abc import Iterable

from banyan.subscriptions.models import SubscriptionGroup

NAME = "Default group"


def default_groups(payer_ids: Iterable[int]) -> dict[int, int]:
    """The default group of each of these customers, by customer. Two connections that need it first make it once."""
    wanted = sorted(set(payer_ids))
    if not wanted:
        return {}
    known = _existing(wanted)
    missing = [payer for payer in wanted if payer not in known]
    if not missing:
        return known
    SubscriptionGroup.objects.bulk_create(
        [SubscriptionGroup(name=NAME, payer_id=payer, is_default=True) for payer in missing], ignore_conflicts=True
    )
    return known | _existing(missing)


def _existing(payer_ids: list[int]) -> dict[int, int]:
    groups = SubscriptionGroup.objects.filter(payer_id__in=payer_ids, is_default=True)
    return dict(groups.values_list("payer_id", "id"))
