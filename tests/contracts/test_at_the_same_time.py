"""Contracts and accounts that end while somebody subscribes to something under them."""

from datetime import date
from typing import Any

import pytest

from banyan.accounts.models import Account
from banyan.contracts.actions.create_contract import create_contract
from banyan.customers.actions.delete_account import delete_account
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.actions.terminate_contract import terminate_contract
from banyan.subscriptions.inputs import NewItem, NewSubscription
from banyan.subscriptions.models import Subscription
from tests.billruns.running import elsewhere
from tests.business import NEW_YEAR, a_price, an_account, create_account, subscribed

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
TRIES = 5


def refusals(results: list[Any]) -> list[Refusal]:
    """What was refused; anything else that went wrong fails the test."""
    failures = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(failure, Refusal) for failure in failures), failures
    return failures


@pytest.mark.rule("CTR-2", "REL-B")
def test_nothing_is_served_beyond_a_contract_that_is_terminated_meanwhile(fresh_tenant: str) -> None:
    account, price = an_account(), a_price()
    for _ in range(TRIES):
        contract = create_contract({"account": account.id, "start_date": NEW_YEAR})
        subscription = subscribed(account, price, contract=contract.id)
        new = NewSubscription(account.id, (NewItem(price.id),), NEW_YEAR, contract=contract.id)
        refusals(
            elsewhere(
                fresh_tenant,
                lambda new=new: create_subscription(new),
                lambda number=contract.id: terminate_contract(number, MAY),
                lambda number=subscription.id: cancel_subscription(number, JUNE),
            )
        )
        ends = set(Subscription.objects.filter(contract=contract).values_list("ends_before", flat=True))
        assert ends == {MAY}


@pytest.mark.rule("ACC-15", "REL-B")
def test_an_account_is_either_deleted_or_subscribed(fresh_tenant: str) -> None:
    first, price = an_account(), a_price()
    for _ in range(TRIES):
        account = create_account(
            {
                "customer": first.customer_id,
                "currency": "USD",
                "bill_cycle": first.bill_cycle_id,
                "start_date": NEW_YEAR,
            }
        )
        new = NewSubscription(account.id, (NewItem(price.id),), NEW_YEAR)
        results = elsewhere(
            fresh_tenant, lambda new=new: create_subscription(new), lambda number=account.id: delete_account(number)
        )
        assert len(refusals(results)) == 1
        is_there = Account.objects.filter(id=account.id).exists()
        assert is_there == Subscription.objects.filter(account_id=account.id).exists()
