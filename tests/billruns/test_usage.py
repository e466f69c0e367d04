"""Usage that came late, allowances that are shared, and charges that are pending (USE-2, POO, INV-8)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.models import RunStatus
from banyan.billruns.queries import pending_charges
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import Subscription
from tests.billruns.running import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    begun,
    checks,
    completed,
    forget_jobs,
    lines_by,
    run_for,
    totals,
    used,
)
from tests.business import a_meter, a_price, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("fresh_tenant")


class Usage:
    """Accounts that pay 1 a unit, the first the parent of the others; `pooled`: they share 100 free units each."""

    def __init__(self, accounts: int = 1, pooled: bool = False) -> None:
        self.people = People()
        self.meter = a_meter()
        self.price = a_price(
            "1", type="usage", meter=self.meter.id, included_quantity=Decimal(100 if pooled else 0), pooled=pooled
        )
        self.accounts: list[Account] = [self.people.account()]
        while len(self.accounts) < accounts:
            self.accounts.append(self.people.account(parent=self.accounts[0]))
        for account in self.accounts:
            subscribed(account, self.price)

    def used(self, quantities: Sequence[int], on: date) -> None:
        """What each account used on a day."""
        for account, quantity in zip(self.accounts, quantities, strict=True):
            used(account, self.meter, quantity, on)

    def billed(self, on: date) -> list[Decimal | int]:
        """What each account is invoiced by the run for a day."""
        run = run_for(self.people.cycle, on)
        assert (run.status, set(checks(run).values())) == (RunStatus.COMPLETED, {True})
        found = totals(run)
        return [found.get(account.id, 0) for account in self.accounts]


MIDDLE_OF_JANUARY, MIDDLE_OF_FEBRUARY = date(2026, 1, 15), date(2026, 2, 15)


@pytest.mark.rule("USE-2", "SUB-4")
def test_late_usage_is_billed_once_by_the_next_run() -> None:
    usage = Usage()
    usage.used([10], MIDDLE_OF_JANUARY)
    assert usage.billed(JANUARY) == [0]
    assert usage.billed(FEBRUARY) == [10]
    usage.used([5], date(2026, 1, 31))
    usage.used([7], MIDDLE_OF_FEBRUARY)
    assert usage.billed(MARCH) == [12]
    assert usage.billed(APRIL) == [0]


@pytest.mark.rule("USE-2", "RUN-3")
def test_late_usage_can_be_billed_on_the_same_date_again() -> None:
    usage = Usage()
    usage.used([10], MIDDLE_OF_JANUARY)
    usage.billed(FEBRUARY)
    for late in (1, 2, 3):
        usage.used([late], MIDDLE_OF_JANUARY)
        assert usage.billed(FEBRUARY) == [late]


@pytest.mark.rule("USE-2", "RUN-2")
def test_usage_that_arrives_while_a_run_is_under_way_is_billed_by_it_or_by_the_next_one() -> None:
    usage = Usage()
    usage.used([10], MIDDLE_OF_JANUARY)
    run = begun(usage.people.cycle, FEBRUARY)
    usage.used([1], MIDDLE_OF_JANUARY)
    assert totals(completed(run)) == {usage.accounts[0].id: 11}
    run = begun(usage.people.cycle, MARCH)
    usage.used([2], MIDDLE_OF_JANUARY)
    completed(run)
    usage.used([4], MIDDLE_OF_JANUARY)
    assert usage.billed(APRIL)[0] + sum(totals(run).values()) == 6


@pytest.mark.rule("POO-2", "POO-1", "POO-3")
def test_what_one_account_leaves_of_its_allowance_is_shared_among_those_of_its_tree_that_need_more() -> None:
    usage = Usage(3, pooled=True)
    usage.used([40, 130, 190], MIDDLE_OF_JANUARY)
    run = run_for(usage.people.cycle, FEBRUARY)
    assert [line.usage for line in lines_by(run)] == [["130", "100", "15"], ["190", "100", "45"]]
    assert totals(run) == {usage.accounts[1].id: 15, usage.accounts[2].id: 45}


@pytest.mark.rule("USE-2", "POO-2")
def test_late_usage_of_one_account_changes_the_shares_of_its_siblings() -> None:
    usage = Usage(3, pooled=True)
    usage.used([40, 130, 190], MIDDLE_OF_JANUARY)
    assert usage.billed(FEBRUARY) == [0, 15, 45]
    used(usage.accounts[0], usage.meter, 40, MIDDLE_OF_JANUARY)
    assert usage.billed(MARCH) == [0, 10, 30]
    used(usage.accounts[2], usage.meter, 20, MIDDLE_OF_JANUARY)
    assert usage.billed(APRIL) == [0, 1, 19]


@pytest.mark.rule("USE-2", "POO-2", "INV-7")
def test_late_usage_of_an_account_that_is_not_billed_yet_changes_the_shares_of_its_siblings_all_the_same() -> None:
    usage = Usage(3, pooled=True)
    first = usage.accounts[0]
    Account.objects.filter(pk=first.id).update(minimum_invoice_amount=20)
    usage.used([110, 130, 80], MIDDLE_OF_JANUARY)
    assert usage.billed(FEBRUARY) == [0, 15, 0]
    used(first, usage.meter, 20, MIDDLE_OF_JANUARY)
    assert usage.billed(MARCH) == [20, 5, 0]


@pytest.mark.rule("POO-2", "POO-1", "SUB-5")
def test_an_account_that_joins_the_pool_behind_what_was_billed_changes_the_shares_of_the_others() -> None:
    usage = Usage(2, pooled=True)
    usage.used([40, 130], MIDDLE_OF_JANUARY)
    assert usage.billed(FEBRUARY) == [0, 0]
    newcomer = usage.people.account(parent=usage.accounts[0])
    subscribed(newcomer, usage.price)
    used(newcomer, usage.meter, 160, date(2026, 1, 20))
    usage.accounts.append(newcomer)
    assert usage.billed(MARCH) == [0, 10, 20]
    assert usage.billed(APRIL) == [0, 0, 0]


@pytest.mark.rule("POO-2", "POO-1", "SUB-5")
def test_an_account_that_leaves_the_pool_behind_what_was_billed_changes_the_shares_of_the_others() -> None:
    usage = Usage(2, pooled=True)
    usage.used([40, 130], MIDDLE_OF_JANUARY)
    assert usage.billed(FEBRUARY) == [0, 0]
    cancel_subscription(Subscription.objects.get(account=usage.accounts[0]).id, JANUARY)
    assert usage.billed(MARCH) == [0, 30]


@pytest.mark.rule("POO-1", "AHI-1", "SUB-5")
@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 1, 20), date(2026, 2, 1)])
def test_an_account_that_moves_to_another_tree_behind_what_was_billed_takes_its_allowance_along(on: date) -> None:
    usage = Usage(2, pooled=True)
    parent, child = usage.accounts
    neighbour = usage.people.account()
    subscribed(neighbour, usage.price)
    usage.accounts.append(neighbour)
    usage.used([130, 40, 150], MIDDLE_OF_JANUARY)
    assert usage.billed(FEBRUARY) == [0, 0, 50]
    for account in (parent, neighbour):
        create_charge(NewCharge(account.id, "Visit", Decimal(1000), FEBRUARY))
    set_account_parent(child.id, neighbour.id, on)
    moved = on < FEBRUARY
    assert usage.billed(MARCH) == [1030 if moved else 1000, 0, 950 if moved else 1000]
    assert usage.billed(APRIL) == [0, 0, 0]


@pytest.mark.rule("INV-8")
def test_pending_charges_are_what_the_next_run_bills() -> None:
    usage = Usage()
    (account,) = usage.accounts
    responsible = usage.people.account()
    assign_responsible_account(account.id, responsible.id, JANUARY)
    subscription = subscribed(account, a_price("31"))
    subscribed(responsible, a_price("50"))
    usage.used([10], MIDDLE_OF_JANUARY)
    run_for(usage.people.cycle, FEBRUARY)
    cancel_subscription(subscription.id, date(2026, 1, 16))
    create_charge(NewCharge(account.id, "Visit", Decimal(20), FEBRUARY))
    usage.used([7], MIDDLE_OF_JANUARY)
    usage.used([5], MIDDLE_OF_FEBRUARY)
    pending = {who.id: pending_charges(who.id, MARCH) for who in (account, responsible)}
    lines = lines_by(run_for(usage.people.cycle, MARCH))
    billed = sorted((line.account_id, line.kind, line.period_start, line.total) for line in lines)
    assert sum(total for *_, total in billed) == 7 - 16 - 31 + 20 + 5 + 50
    for who, expected in ((responsible, billed), (account, [line for line in billed if line[0] == account.id])):
        found = [pending_line.line for pending_line in pending[who.id]]
        assert sorted((line.account_id, line.kind, line.period.start, line.total) for line in found) == expected
    assert pending_charges(responsible.id, MARCH) == []


@pytest.mark.rule("USE-2", "RUN-4")
def test_what_comes_late_before_an_account_is_retried_is_billed_by_the_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = Usage()
    (account,) = usage.accounts
    usage.billed(FEBRUARY)
    with monkeypatch.context() as broken:
        broken.setattr(steps, "bill", None)
        run = run_for(usage.people.cycle, MARCH)
    usage.used([10], MIDDLE_OF_JANUARY)
    with transaction.atomic():
        retry_run(run.pk)
        forget_jobs(run)
    assert totals(completed(run)) == {account.id: 10}
