"""Several who subscribe an account to the same usage at the same time (USE-5)."""

from typing import Any

import pytest

from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import NewItem, NewSubscription
from tests.billruns.running import elsewhere
from tests.business import NEW_YEAR, a_meter, a_price, an_account


@pytest.mark.rule("USE-5", "REL-C")
def test_of_several_who_subscribe_to_the_same_usage_at_once_all_but_one_are_refused(fresh_tenant: str) -> None:
    account, price = an_account(), a_price("1", type="usage", meter=a_meter().id)

    def subscribe() -> Any:
        return create_subscription(NewSubscription(account.id, (NewItem(price.id),), NEW_YEAR))

    outcomes = elsewhere(fresh_tenant, *[subscribe] * 4)
    assert [type(one).__name__ for one in outcomes].count("Subscription") == 1, outcomes
    assert all(one.rule == "USE-5" for one in outcomes if isinstance(one, Refusal))
