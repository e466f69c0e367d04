"""A batch that does not stop changing is billed in parts: writers get through meanwhile, each payer is billed once."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from banyan.billruns.ending import finish
from banyan.billruns.models import Batch, BillRun, RunStatus
from banyan.billruns.writing import ChangedMeanwhile
from banyan.foundation.tenants.queries import within_tenant
from banyan.invoices.models import Invoice
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import Subscription
from banyan.verification.queries import verify
from tests.billruns.running import FEBRUARY, JANUARY, begun, checks, elsewhere, execute, run_for, totals
from tests.business import a_price, subscribed
from tests.relations.people import People

PAYERS = 12
PAYERS_A_PART = 3


class Busy:
    """Twelve accounts with 10 a month each, whose batch can't be billed as a whole; parts are of three."""

    def __init__(self, tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tenant = tenant
        self.monkeypatch = monkeypatch
        self.people = People()
        self.accounts: list[Account] = [self.people.account() for _ in range(PAYERS)]
        price = a_price("10")
        self.subscriptions: list[Subscription] = [subscribed(account, price) for account in self.accounts]
        self.ordered = {account.pk: 1 for account in self.accounts}
        monkeypatch.setattr(steps, "PAYERS_A_PART", PAYERS_A_PART)
        monkeypatch.setattr(steps, "write_batch", self._changed)

    @staticmethod
    def _changed(*anything: Any) -> None:
        raise ChangedMeanwhile("something always changes")

    def planned(self) -> tuple[BillRun, Batch]:
        run = begun(self.people.cycle, JANUARY)
        (batch,) = steps.plan(run.pk)
        return run, Batch.objects.get(pk=batch)

    def before_each_part(self, happen: Callable[[Sequence[int]], object]) -> None:
        """Let something happen after a part was read and before it is written."""
        write = steps.write_part

        def happen_first(batch: Batch, payers: Sequence[int], *read: Any) -> None:
            happen(payers)
            write(batch, payers, *read)

        self.monkeypatch.setattr(steps, "write_part", happen_first)

    def order(self, account: int, quantity: int) -> None:
        """From January on the account has so many."""
        place = [one.pk for one in self.accounts].index(account)
        subscription = self.subscriptions[place]
        item = subscription.items.get()
        change_subscription(subscription.pk, JANUARY, [ItemChange(item.pk, Decimal(quantity))])
        self.ordered[account] = quantity

    def without_waiting(self, write: Callable[[], object]) -> Exception | None:
        """What comes of a write on another connection that does not wait for any lock; None if it got through."""

        def do() -> None:
            execute("SET lock_timeout = '1ms'")
            write()

        (result,) = elsewhere(self.tenant, do)
        return result if isinstance(result, Exception) else None


@pytest.fixture
def busy(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch) -> Busy:
    return Busy(fresh_tenant, monkeypatch)


def draw_number() -> None:
    """What every other batch, and whoever issues an invoice, needs of the owner for a moment."""
    with transaction.atomic():
        execute("SELECT last_number FROM invoices_invoicecounter FOR UPDATE")


def everything_holds(run: BillRun) -> None:
    run.refresh_from_db()
    assert (run.status, run.errors.count(), set(checks(run).values())) == (RunStatus.COMPLETED, 0, {True})
    numbers = sorted(Invoice.objects.values_list("sequence_number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert [(one.check.says, one.shown) for one in verify() if not one.holds] == []


@pytest.mark.rule("RUN-2", "INV-3", "RUN-9")
def test_while_a_batch_is_billed_in_parts_no_writer_waits_and_nothing_is_billed_twice_or_lost(busy: Busy) -> None:
    refused: list[Exception] = []
    quantities = count(2)

    def write(payers: Sequence[int]) -> None:
        """Change an account that was billed, or is about to be, and one that is still to be; draw a number."""
        for account in {busy.accounts[0].pk, payers[0], busy.accounts[-1].pk}:
            quantity = next(quantities)
            failure = busy.without_waiting(lambda account=account, quantity=quantity: busy.order(account, quantity))
            refused.extend([failure] if failure else [])
        failure = busy.without_waiting(draw_number)
        refused.extend([failure] if failure else [])

    busy.before_each_part(write)
    run, batch = busy.planned()
    steps.bill_batch(batch.pk)
    finish(run.pk)
    assert refused == []
    assert next(quantities) > 2 + 2 * PAYERS / PAYERS_A_PART
    everything_holds(run)
    batch.refresh_from_db()
    assert (batch.invoices, batch.billed_to) == (PAYERS, busy.accounts[-1].pk)
    assert sum(totals(run).values()) == sum(map(Decimal, batch.totals.values()))
    busy.monkeypatch.undo()
    second = run_for(busy.people.cycle, JANUARY)
    assert sum(totals(run).values()) + sum(totals(second).values()) == 10 * sum(busy.ordered.values())


@pytest.mark.rule("RUN-2", "REL-A", "INV-3")
def test_a_batch_that_was_left_in_the_middle_of_its_parts_goes_on_from_there(busy: Busy) -> None:
    parts: list[Sequence[int]] = []

    def die_at_the_third(payers: Sequence[int]) -> None:
        parts.append(payers)
        if len(parts) == 3:
            raise OperationalError("server closed the connection unexpectedly")

    busy.before_each_part(die_at_the_third)
    run, batch = busy.planned()
    with pytest.raises(OperationalError):
        steps.bill_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.done, batch.invoices, batch.billed_to) == (False, 6, busy.accounts[5].pk)
    steps.bill_batch(batch.pk)
    steps.bill_batch(batch.pk)
    finish(run.pk)
    everything_holds(run)
    batch.refresh_from_db()
    assert (batch.done, batch.invoices, batch.totals) == (True, PAYERS, {"USD": "120.00"})
    assert totals(run) == {account.pk: 10 for account in busy.accounts}
    assert [payers[0] for payers in parts] == [busy.accounts[place].pk for place in (0, 3, 6, 6, 9)]


@pytest.mark.rule("RUN-2", "RUN-4", "INV-3")
def test_a_payer_that_does_not_stop_changing_is_held_still_while_it_alone_is_billed(busy: Busy) -> None:
    restless, other = busy.accounts[4].pk, busy.accounts[5].pk
    quantities = count(2)
    tried: list[Exception | None] = []

    def change(payers: Sequence[int]) -> None:
        if restless in payers:
            assert busy.without_waiting(lambda: busy.order(restless, next(quantities))) is None

    hold = steps.hold_still

    def hold_and_look(*read: Any) -> None:
        hold(*read)
        for write in (lambda: busy.order(restless, 100), lambda: busy.order(other, 3), draw_number):
            tried.append(busy.without_waiting(write))

    busy.monkeypatch.setattr(steps, "hold_still", hold_and_look)
    busy.before_each_part(change)
    run, batch = busy.planned()
    steps.bill_batch(batch.pk)
    finish(run.pk)
    everything_holds(run)
    assert isinstance(tried[0], OperationalError)
    assert tried[1:] == [None, None]
    assert next(quantities) == 3 + 1 + steps.ATTEMPTS - 1
    assert (totals(run)[restless], totals(run)[other]) == (10 * (2 + steps.ATTEMPTS), 30)


@pytest.mark.rule("RUN-2", "RUN-4")
def test_what_never_can_be_billed_is_listed_and_the_other_payers_of_its_part_are_billed(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = busy.accounts[4].pk

    def refuse(payers: Sequence[int]) -> None:
        if broken in payers and not refused_once_alone:
            refused_once_alone.extend([True] if list(payers) == [broken] else [])
            raise ValueError("its data can't be read")

    refused_once_alone: list[bool] = []
    busy.before_each_part(refuse)
    run, batch = busy.planned()
    steps.bill_batch(batch.pk)
    finish(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    assert [(one.account_id, one.message) for one in run.errors.all()] == [(broken, "its data can't be read")]
    assert totals(run) == {account.pk: 10 for account in busy.accounts if account.pk != broken}


@pytest.mark.rule("RUN-2", "INV-3", "RUN-9", "SUB-5")
def test_writers_that_never_stop_get_through_while_their_batch_is_being_billed(busy: Busy) -> None:
    _, batch = busy.planned()
    stop = Event()
    got_through: list[int | None] = []
    failures: list[Exception] = []

    def write_again_and_again() -> None:
        quantities = count(2)
        try:
            with within_tenant(busy.tenant):
                while not stop.is_set():
                    for account in busy.accounts:
                        busy.order(account.pk, next(quantities))
                        got_through.append(Batch.objects.values_list("billed_to", flat=True).get(pk=batch.pk))
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    writer = Thread(target=write_again_and_again)
    writer.start()
    try:
        steps.bill_batch(batch.pk)
    finally:
        stop.set()
        writer.join()
    finish(batch.run_id)
    assert failures == []
    everything_holds(BillRun.objects.get(pk=batch.run_id))
    under_way = [billed_to for billed_to in got_through if billed_to not in (None, busy.accounts[-1].pk)]
    assert under_way, "nobody wrote anything while the batch was being billed"
    busy.monkeypatch.undo()
    january, february = totals(BillRun.objects.get(pk=batch.run_id)), totals(run_for(busy.people.cycle, FEBRUARY))
    assert sum(january.values()) + sum(february.values()) == 2 * 10 * sum(busy.ordered.values())
