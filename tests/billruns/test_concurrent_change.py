"""What changes between the reading and the writing of a batch is never billed twice and never lost (RUN-2)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from banyan.billruns.ending import finish
from banyan.billruns.models import Batch, BillRun, RunStatus
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.foundation.database import conninfo
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge, WhoPaysChoice
from banyan.subscriptions.models import Subscription
from banyan.usage.months import make_months
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    MARCH,
    begun,
    checks,
    elsewhere,
    execute,
    lines_by,
    only_invoice,
    run_for,
    totals,
    used,
    without_guards,
)
from tests.business import a_meter, a_price, account_of, subscribed
from tests.relations.people import People


class Between:
    """Lets something happen on another connection after a batch was read and before it is written, so many times."""

    def __init__(self, tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._tenant = tenant
        self._monkeypatch = monkeypatch
        self.times = 0

    def let(self, happen: Callable[[], object], times: int = 1) -> None:
        self.times = 0
        write = steps.write_batch

        def happen_first(batch: Batch, *read: Any) -> None:
            if self.times < times:
                self.times += 1
                (result,) = elsewhere(self._tenant, happen)
                assert not isinstance(result, Exception), result
            write(batch, *read)

        self._monkeypatch.setattr(steps, "write_batch", happen_first)


@pytest.fixture
def between(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch) -> Between:
    return Between(fresh_tenant, monkeypatch)


class Subscribed:
    """An account with 31 a month."""

    def __init__(self) -> None:
        self.people = People()
        self.account: Account = self.people.account()
        self.subscription: Subscription = subscribed(self.account, a_price("31"))

    def run(self, on: date) -> BillRun:
        run = run_for(self.people.cycle, on)
        assert (run.status, set(checks(run).values())) == (RunStatus.COMPLETED, {True})
        return run


@pytest.mark.rule("RUN-2", "SUB-5")
def test_a_batch_whose_item_is_cancelled_meanwhile_is_read_again_and_billed_right(between: Between) -> None:
    story = Subscribed()
    between.let(lambda: cancel_subscription(story.subscription.id, date(2026, 1, 11)))
    run = story.run(JANUARY)
    assert between.times == 1
    assert totals(run) == {story.account.id: 10}
    assert [line.kind for line in lines_by(run)] == ["recurring"]
    assert totals(story.run(FEBRUARY)) == {}


@pytest.mark.rule("RUN-2", "SUB-5")
def test_an_item_that_changes_again_and_again_is_billed_as_it_is_in_the_end(between: Between) -> None:
    story = Subscribed()
    item = story.subscription.items.get()
    quantities = iter((2, 3, 4))
    between.let(
        lambda: change_subscription(story.subscription.id, JANUARY, [ItemChange(item.id, Decimal(next(quantities)))]),
        times=3,
    )
    assert totals(story.run(JANUARY)) == {story.account.id: 124}
    assert totals(story.run(FEBRUARY)) == {story.account.id: 124}


@pytest.mark.rule("RUN-2", "RUN-4")
def test_an_item_that_never_stops_changing_does_not_hold_up_the_run(between: Between) -> None:
    story = Subscribed()
    other = story.people.account()
    subscribed(other, a_price("10"))
    item = story.subscription.items.get()
    between.let(
        lambda: change_subscription(story.subscription.id, JANUARY, [ItemChange(item.id, Decimal(2))]), times=1000
    )
    run = run_for(story.people.cycle, JANUARY)
    assert run.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)
    assert totals(run)[other.id] == 10
    between.let(lambda: None)
    second = totals(run_for(story.people.cycle, JANUARY))
    assert totals(run).get(story.account.id, 0) + second.get(story.account.id, 0) == 62


@pytest.mark.rule("RUN-2", "ACC-3")
def test_an_account_that_becomes_inactive_meanwhile_is_billed_until_its_last_day(between: Between) -> None:
    story = Subscribed()
    between.let(lambda: change_account_status(story.account.id, "inactive", date(2026, 1, 10)))
    assert totals(story.run(JANUARY)) == {story.account.id: 10}


@pytest.mark.rule("RUN-2", "INV-6")
def test_an_invoice_that_is_voided_meanwhile_is_billed_anew_once(between: Between) -> None:
    story = Subscribed()
    january = only_invoice(story.run(JANUARY))
    between.let(lambda: void_invoice(january.id))
    assert totals(story.run(FEBRUARY)) == {story.account.id: 62}
    assert totals(story.run(FEBRUARY)) == {}


@pytest.mark.rule("RUN-2", "RUN-3")
def test_a_charge_or_subscription_that_is_added_meanwhile_is_billed_by_the_next_run(between: Between) -> None:
    story = Subscribed()

    def add() -> None:
        create_charge(NewCharge(story.account.id, "Visit", Decimal(5), JANUARY))
        subscribed(story.account, a_price("7"))

    between.let(add)
    assert totals(story.run(JANUARY)) == {story.account.id: 31}
    assert totals(story.run(JANUARY)) == {story.account.id: 12}
    assert totals(story.run(JANUARY)) == {}


@pytest.mark.rule("RUN-2", "USE-2")
@pytest.mark.parametrize("on", [FEBRUARY, MARCH])
def test_usage_that_arrives_between_reading_and_writing_is_billed_by_the_next_run(between: Between, on: date) -> None:
    people, meter = People(), a_meter()
    account = people.account()
    subscribed(account, a_price("1", type="usage", meter=meter.id))
    used(account, meter, 10, date(2026, 1, 15))
    run_for(people.cycle, JANUARY)
    between.let(lambda: used(account, meter, 5, date(2026, 1, 31)))
    assert totals(run_for(people.cycle, on)) == {account.id: 10}
    assert totals(run_for(people.cycle, on)) == {account.id: 5}
    assert totals(run_for(people.cycle, on)) == {}


@pytest.mark.rule("RUN-2", "USE-2")
def test_usage_of_a_transaction_that_is_still_open_when_a_run_looks_is_billed_by_the_next_one(
    fresh_tenant: str,
) -> None:
    people, meter = People(), a_meter()
    account = people.account()
    subscribed(account, a_price("1", type="usage", meter=meter.id))
    make_months([JANUARY])
    with psycopg.connect(conninfo(), options=f"-c search_path={fresh_tenant}") as other:
        other.execute(
            "INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity)"
            " VALUES ('slow', %s, %s, '2026-01-15 12:00Z', 5)",
            [account.id, meter.id],
        )
        assert totals(run_for(people.cycle, FEBRUARY)) == {}
        other.commit()
    assert totals(run_for(people.cycle, FEBRUARY)) == {account.id: 5}
    assert totals(run_for(people.cycle, FEBRUARY)) == {}


@pytest.mark.rule("RUN-2", "BHI-7", "RUN-9")
def test_a_responsible_account_that_is_assigned_from_a_later_day_on_leaves_this_run_alone(between: Between) -> None:
    story = Subscribed()
    responsible = story.people.account()
    between.let(lambda: assign_responsible_account(story.account.id, responsible.id, FEBRUARY))
    assert totals(story.run(JANUARY)) == {story.account.id: 31}
    assert totals(story.run(FEBRUARY)) == {responsible.id: 31}


@pytest.mark.rule("RUN-2", "RUN-9")
def test_a_responsible_account_assigned_for_the_billing_date_itself_bills_once_and_the_certificate_tells(
    between: Between,
) -> None:
    story = Subscribed()
    responsible = story.people.account()
    between.let(lambda: assign_responsible_account(story.account.id, responsible.id, JANUARY))
    run = run_for(story.people.cycle, JANUARY)
    assert totals(run) == {story.account.id: 31}
    assert run.status == RunStatus.COMPLETED
    (told,) = (one for check in run.certificate["checks"] for one in check["found"] if "line" in one)
    assert (told["invoiced"], told["changed_under_way"]) == (story.account.id, True)
    assert totals(story.run(FEBRUARY)) == {responsible.id: 31}


@pytest.mark.rule("RUN-2", "WHO-5")
@pytest.mark.parametrize("size", [1, 500])
def test_who_pays_that_changes_between_two_batches_bills_once(
    between: Between, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", size)
    people = People()
    parent = people.customer()
    child = people.customer(parent)
    subscription = subscribed(account_of(child), a_price("31"))
    between.let(lambda: choose_payer(subscription.id, WhoPaysChoice("parent"), FEBRUARY))
    run = run_for(people.cycle, FEBRUARY)
    assert sum(totals(run).values()) <= 62
    assert sum(totals(run).values()) + sum(totals(run_for(people.cycle, FEBRUARY)).values()) == 62


@pytest.mark.rule("RUN-9", "WHO-5", "BHI-7")
def test_a_line_on_another_payer_than_the_relations_gave_all_along_fails_the_run(fresh_tenant: str) -> None:
    people = People()
    payer = people.account()
    managed = people.account(responsible=payer)
    subscribed(managed, a_price("20"))
    run = begun(people.cycle, JANUARY)
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    with without_guards("relations_responsibleaccount"):  # nothing says that this happened
        execute("DELETE FROM relations_responsibleaccount WHERE account_id = %s", [managed.id])
    finish(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    (found,) = (one for check in run.certificate["checks"] for one in check["found"] if "line" in one)
    assert (found["account"], found["invoiced"], found["changed_under_way"]) == (managed.id, payer.id, False)
