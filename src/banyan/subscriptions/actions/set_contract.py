"""Put a subscription under another contract, or under none (CTR-2)."""

from datetime import date

from django.db import transaction

from banyan.contracts.queries import latest_end
from banyan.kernel.calendar import last_day
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.locking import lock_subscription
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.under_contracts import ContractQuestion, check_contracts, lock_contracts


@transaction.atomic
def set_contract(subscription_id: int, contract_id: int | None) -> Subscription:
    """The subscription is under the contract, or under none, and goes on as it was: its dates stay.

    Refused: a contract that is not of its account or of one above it, and one that starts later or ends earlier.
    """
    contracts = lock_contracts(() if contract_id is None else (contract_id,))
    subscription = lock_subscription(subscription_id)
    if contract_id is not None:
        found = Problems()
        start, end = subscription.start_date, subscription.ends_before
        question = ContractQuestion(contract_id, subscription.account, start, end, found)
        check_contracts([question], contracts)
        if contract_id in contracts and not found.found:
            _check_open_end(subscription, latest_end(contracts[contract_id]), found)
        _told_of_the_contract(found).raise_if_any()
    subscription.contract = contracts.get(contract_id or 0)
    subscription.save(update_fields=["contract"])
    return subscription


def _check_open_end(subscription: Subscription, end: date | None, problems: Problems) -> None:
    if end is not None and subscription.ends_before is None:
        last = last_day(end)
        message = f"Subscription {subscription.number} has no end, the contract ends on {last}; cancel it first."
        problems.add("contract", "after_contract", message, "CTR-2", last, Kind.CONFLICT)


def _told_of_the_contract(found: Problems) -> Problems:
    """The subscription's dates are no fields of the request: what is wrong with them is wrong with the contract."""
    problems = Problems()
    for each in found.found:
        problems.add("contract", each.code, each.message, each.rule, each.value, kind=found.kind)
    return problems
