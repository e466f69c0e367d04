"""What an account and everything below it come to on a day."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.accounts.today import Days
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.rollups import rollup
from banyan.invoices.actions import void_invoice as voiding
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, run_for, used
from tests.business import a_meter, a_price, an_account, subscribed
from tests.relations.people import People

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("AHI-5")]


@pytest.fixture
def people() -> People:
    return People()


def family(people: People) -> tuple[Account, Account, Account]:
    """A root, from February on with a child, and from March on with a grandchild, all paying 10.00 a month."""
    root, child, grandchild = (people.account() for _ in range(3))
    set_account_parent(child.id, root.id, FEBRUARY)
    set_account_parent(grandchild.id, child.id, MARCH)
    for account in (root, child, grandchild):
        subscribed(account)
    return root, child, grandchild


def test_a_subtree_is_added_up_as_it_was_on_the_day(people: People) -> None:
    root, child, _ = family(people)
    for month in (JANUARY, FEBRUARY, MARCH):
        run_for(people.cycle, month)
    on = {day: rollup(root.id, day) for day in (JANUARY, FEBRUARY, MARCH, APRIL)}
    assert [one.accounts for one in on.values()] == [1, 2, 3, 3]
    assert [one.balances for one in on.values()] == [{"USD": Decimal(owed)} for owed in (10, 40, 90, 90)]
    assert [one.invoiced for one in on.values()] == [{"USD": Decimal(total)} for total in (10, 40, 90, 90)]
    assert [one.open_invoices for one in on.values()] == [1, 4, 9, 9]
    assert [one.overdue_invoices for one in on.values()] == [0, 2, 3, 9]
    assert rollup(child.id, MARCH).accounts == 2


def test_a_day_before_everything_comes_to_nothing(people: People) -> None:
    root, *_ = family(people)
    run_for(people.cycle, JANUARY)
    before = rollup(root.id, date(2025, 12, 31))
    assert (before.accounts, before.balances, before.open_invoices, before.invoiced, before.usage) == (1, {}, 0, {}, {})


def test_a_void_invoice_counts_until_the_day_it_was_voided(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    account = people.account()
    subscribed(account)
    run_for(people.cycle, JANUARY)
    monkeypatch.setattr(voiding, "days_now", lambda: Days({}, FEBRUARY))
    void_invoice(Invoice.objects.get().id)
    on = {day: rollup(account.id, day) for day in (date(2026, 1, 31), FEBRUARY)}
    assert [(one.open_invoices, one.invoiced, one.balances) for one in on.values()] == [
        (1, {"USD": Decimal(10)}, {"USD": Decimal(10)}),
        (0, {}, {"USD": Decimal(0)}),
    ]


def test_currencies_stand_beside_each_other(people: People) -> None:
    root, child = people.account(), people.account(currency="EUR")
    set_account_parent(child.id, root.id, JANUARY)
    subscribed(root)
    subscribed(child, a_price("7", currency="EUR"))
    run_for(people.cycle, JANUARY)
    assert rollup(root.id, JANUARY).invoiced == {"USD": Decimal(10), "EUR": Decimal(7)}


def test_usage_is_that_of_each_account_by_the_meter_added_up(people: People) -> None:
    root, child = people.account(), people.account()
    set_account_parent(child.id, root.id, JANUARY)
    meters = {aggregation: a_meter(aggregation) for aggregation in ("sum", "count", "max", "last", "unique")}
    for account, quantities in ((root, (5, 2, 2)), (child, (1, 4))):
        for number, quantity in enumerate(quantities):
            for meter in meters.values():
                used(account, meter, quantity, date(2026, 1, 10 + number))
    on_the_last_day, a_day_before = (rollup(root.id, date(2026, 1, day)).usage for day in (12, 11))
    assert {aggregation: on_the_last_day[meter.key] for aggregation, meter in meters.items()} == {
        "sum": 14,
        "count": 5,
        "max": 9,
        "last": 6,
        "unique": 4,
    }
    assert a_day_before[meters["sum"].key] == 12


def test_the_day_ends_where_the_bill_cycle_is() -> None:
    account, meter = an_account(), a_meter()
    account.bill_cycle.time_zone = "America/Los_Angeles"
    account.bill_cycle.save()
    used(account, meter, 1, date(2026, 1, 10))
    assert rollup(account.id, date(2026, 1, 9)).usage == {}
    assert rollup(account.id, date(2026, 1, 10)).usage == {meter.key: 1}
