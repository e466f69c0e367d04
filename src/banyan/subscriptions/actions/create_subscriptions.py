"""Subscribe accounts to prices (SUB-1)."""

from collections.abc import Sequence

from banyan.accounts.opening import retry_on_unique_violation
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.inputs import NewSubscription
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.ordering import MadeFrom, write_orders
from banyan.subscriptions.subscribing import checked_candidates, subscribe


def create_subscription(new: NewSubscription) -> Subscription:
    """The new subscription, or the refusal raised."""
    (result,) = create_subscriptions([new])
    if isinstance(result, Refusal):
        raise result
    return result


@retry_on_unique_violation
def create_subscriptions(new: Sequence[NewSubscription]) -> list[Subscription | Refusal]:
    """A subscription or the reasons against it at each input's position; good ones are made whatever the others are.

    Each gets an order that is active from the start. The number of queries does not depend on the number of inputs. A
    subscription may start in the past: the next bill run charges what it missed (SUB-5).
    """
    if not new:
        return []
    results = subscribe(checked_candidates(new))
    write_orders(
        [MadeFrom(one, result) for one, result in zip(new, results, strict=True) if isinstance(result, Subscription)]
    )
    return results
