"""A run works things out rightly from what it reads wrongly: the second opinion, which reads by itself, finds it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.billruns import facts, items, pools
from banyan.billruns.models import BillRun
from banyan.customers.actions.update_account import update_account
from banyan.engine.facts import Price, Terms
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import ItemChange, NewCharge, NewItem, NewSubscription, WhoPaysChoice
from banyan.usage.actions.record_events import record_events
from banyan.usage.days import AccountDays, days_of
from banyan.usage.inputs import NewEvent
from banyan.verification.actions.give_second_opinion import give_second_opinion
from banyan.verification.queries import verify_amounts
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, run_for, used
from tests.business import NEW_YEAR, a_meter, a_price, a_product, account_of, an_account, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")


def without_the_quantity_before(
    first: tuple[Terms, ...], later: Iterable[tuple[date, int | None, Decimal | None]], prices: Mapping[int, Price]
) -> tuple[Terms, ...]:
    """A later price has the first quantity again."""
    terms = list(first)
    for since, price, quantity in later:
        now = terms[-1].price if price is None else prices[price]
        terms.append(Terms(since, now, first[0].quantity if quantity is None else quantity))
    return tuple(terms)


def days_of_the_zone_of_today(accounts: Collection[int]) -> dict[int, AccountDays]:
    """As if the account had always had its bill cycle."""
    return {account: replace(days, earlier=()) for account, days in days_of(accounts).items()}


def nothing_is_named(accounts: Iterable[int]) -> Mapping[int, Any]:
    """All items charge all events of their account."""
    return {}


def no_charge_has_a_choice(charges: object, on: date) -> Mapping[int, Any]:
    """Who pays for a charge is not asked."""
    return {}


def a_price_agreed_after_a_quantity() -> BillRun:
    """One at 10, from February on three, from March on at 20: 60 for March, and 20 where the quantity is lost."""
    account, product = an_account(), a_product()
    old, new = (a_price(amount, product=product.id) for amount in ("10", "20"))
    subscription = subscribed(account, old)
    item = subscription.items.get()
    run_for(account.bill_cycle, JANUARY)
    change_subscription(subscription.id, FEBRUARY, [ItemChange(item.id, quantity=Decimal(3))])
    run_for(account.bill_cycle, FEBRUARY)
    change_subscription(subscription.id, MARCH, [ItemChange(item.id, price=new.id)])
    return run_for(account.bill_cycle, MARCH)


def a_move_to_another_time_zone() -> BillRun:
    """5 units late on 31 January in UTC, billed for January, which is February in Auckland, where the account moves to
    as of February: 3 used from then to the 15th, or 8.
    """
    account, meter = an_account(), a_meter()
    subscribed(account, a_price("1", type="usage", meter=meter.id))
    at = datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert record_events([NewEvent("late", account.number, meter.key, at, Decimal(5))]).accepted == 1
    used(account, meter, 3, date(2026, 2, 10))
    run_for(account.bill_cycle, FEBRUARY)
    auckland = create_bill_cycle("Auckland", "monthly", date(2025, 12, 15), None, "Pacific/Auckland")
    update_account(account.id, {"bill_cycle": auckland.id})
    return run_for(auckland, date(2026, 2, 15))


def usage_that_names_a_subscription() -> BillRun:
    """10 units, and 5 that name the second subscription, which charges just those: 15 in all, or 15 twice."""
    account, meter, product = an_account(), a_meter(), a_product()
    prices = [a_price(amount, product=product.id, type="usage", meter=meter.id) for amount in ("1", "2")]
    create_subscription(NewSubscription(account.id, (NewItem(prices[0].id),), NEW_YEAR))
    named = create_subscription(NewSubscription(account.id, (NewItem(prices[1].id, named_only=True),), NEW_YEAR))
    at = datetime(2026, 1, 20, tzinfo=UTC)
    record_events([NewEvent("named", account.number, meter.key, at, Decimal(5), None, named.number)])
    used(account, meter, 10, date(2026, 1, 20))
    return run_for(account.bill_cycle, FEBRUARY)


def a_charge_that_the_parent_pays() -> BillRun:
    """20.00 for a visit, which the parent pays, on its own invoice."""
    people = People()
    _, child = people.chain(2)
    who_pays = WhoPaysChoice("parent")
    create_charge(NewCharge(account_of(child).id, "Visit", Decimal("20.00"), NEW_YEAR, who_pays=who_pays))
    return run_for(people.cycle, FEBRUARY)


FAULTS: tuple[tuple[object, str, Callable[..., Any], Callable[[], BillRun]], ...] = (
    (items, "_with_later", without_the_quantity_before, a_price_agreed_after_a_quantity),
    (pools, "days_of", days_of_the_zone_of_today, a_move_to_another_time_zone),
    (pools, "_items_of_named_usage", nothing_is_named, usage_that_names_a_subscription),
    (facts, "_charge_payers", no_charge_has_a_choice, a_charge_that_the_parent_pays),
)


@pytest.mark.rule("REL-E")
@pytest.mark.parametrize(("module", "name", "wrong", "story"), FAULTS, ids=[story.__name__ for *_, story in FAULTS])
def test_what_a_run_reads_wrongly_is_found(
    module: object, name: str, wrong: Callable[..., Any], story: Callable[[], BillRun]
) -> None:
    with patch.object(module, name, wrong):
        run = story()
    opinion = give_second_opinion(run.pk)
    assert opinion is not None
    assert opinion.differences
    assert verify_amounts().differences


@pytest.mark.rule("REL-E")
@pytest.mark.parametrize("story", [story for *_, story in FAULTS], ids=[story.__name__ for *_, story in FAULTS])
def test_where_it_reads_rightly_there_is_no_alarm(story: Callable[[], BillRun]) -> None:
    opinion = give_second_opinion(story().pk)
    assert opinion is not None
    assert opinion.lines
    assert (opinion.differences, opinion.changed) == ([], [])
    assert not verify_amounts().differences
