"""Usage of named events beside the rest of it: the run, and the second opinion, charge each event once (USE-5)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from banyan.kernel.ids import encode_id
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import NewItem, NewSubscription
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import record_events
from banyan.usage.actions.replace_event import replace_event
from banyan.usage.inputs import NewEvent
from banyan.verification.queries import verify_amounts
from tests.billruns.running import FEBRUARY, MARCH, run_for, totals
from tests.business import NEW_YEAR, a_meter, a_price, a_product, an_account


@pytest.mark.usefixtures("fresh_tenant")
@pytest.mark.rule("USE-4", "USE-5", "RUN-9")
def test_named_events_are_charged_once_and_what_is_corrected_comes_as_a_difference() -> None:
    """10 + 3 of the first subscription and 7 named too early at 1, 5 named ones at 2; then 5 are 9, and 7 are none."""
    account, meter, product = an_account(), a_meter(), a_product()
    prices = [a_price(amount, product=product.id, type="usage", meter=meter.id) for amount in ("1", "2")]
    first = create_subscription(NewSubscription(account.id, (NewItem(prices[0].id),), NEW_YEAR))
    named = NewItem(prices[1].id, named_only=True)
    second = create_subscription(NewSubscription(account.id, (named,), date(2026, 1, 15)))
    for id_, quantity, day, subscription in (
        ("a", 10, 20, None), ("b", 5, 20, second), ("c", 3, 20, first), ("d", 7, 10, second),
    ):  # fmt: skip
        at = datetime(2026, 1, day, tzinfo=UTC)
        name = None if subscription is None else subscription.number
        event = NewEvent(id_, encode_id("account", account.id), meter.key, at, Decimal(quantity), None, name)
        assert record_events([event]).accepted == 1
    assert totals(run_for(account.bill_cycle, FEBRUARY)) == {account.id: 30}
    assert not verify_amounts().differences
    replace_event("b", {"quantity": Decimal(9)}, "Counted wrong")
    cancel_event("d", "A test")
    record_events([NewEvent("e", account.number, meter.key, datetime(2026, 2, 3, tzinfo=UTC), Decimal(50))])
    assert totals(run_for(account.bill_cycle, MARCH)) == {account.id: 50 + 8 - 7}
    assert not verify_amounts().differences
