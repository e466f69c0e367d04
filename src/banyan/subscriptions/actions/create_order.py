"""Order a subscription, to be activated later (SUB-1)."""

from banyan.accounts.opening import retry_on_unique_violation
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import fault_of
from banyan.subscriptions.inputs import NewOrder, NewSubscription
from banyan.subscriptions.models import Order
from banyan.subscriptions.ordering import MadeFrom, write_orders
from banyan.subscriptions.subscribing import checked_candidates


@retry_on_unique_violation
def create_order(new: NewOrder) -> Order:
    """A draft. Refused for whatever a subscription with these terms would be refused for, and a number in use."""
    (candidate,) = checked_candidates([_as_subscription(new)])
    _check_number(candidate.problems, new.number)
    candidate.problems.raise_if_any()
    (order,) = write_orders([MadeFrom(new, number=new.number)])
    return order


def _as_subscription(new: NewOrder) -> NewSubscription:
    terms = {name: getattr(new, name) for name in NewOrder.__slots__ if name != "number"}
    return NewSubscription(**terms)


def _check_number(problems: Problems, number: str | None) -> None:
    if number is None:
        return
    if fault := fault_of(number, 50):
        problems.add("number", "unreadable", f"number {fault}", "SUB-1", number)
    elif Order.objects.filter(number=number).exists():
        problems.add("number", "taken", f"number {number!r} is that of another order", "SUB-1", number, Kind.CONFLICT)
