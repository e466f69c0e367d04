"""What changed behind what was billed is billed as a difference, once, on the right account (SUB-5, SUB-6, INV-6).

Prices of 31 a month make a day of January or March 1, those of 28 a day of February.
"""

from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.billruns import run as bill_run
from banyan.billruns.models import BillRun, RunStatus
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewDiscount, NewTaxRate
from banyan.catalog.models import Discount, TaxRate
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import Subscription, SubscriptionItem
from tests.billruns.running import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    checks,
    invoices_of,
    lines_by,
    lines_on,
    only_invoice,
    run_for,
    totals,
)
from tests.business import a_price, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")

MIDDLE_OF_JANUARY = date(2026, 1, 16)


def quantity_changed(subscription: Subscription, on: date, quantity: int) -> None:
    item = subscription.items.get()
    change_subscription(subscription.id, on, [ItemChange(item.id, quantity=Decimal(quantity))])


def shown(run: BillRun, account: Account) -> list[tuple[str, Decimal]]:
    """Kind and total of each line that an account is invoiced for by a run."""
    return [(line.kind, line.total) for invoice in invoices_of(run, account) for line in lines_on(invoice)]


def open_items() -> int:
    """How many items still wait to be compared with what was billed."""
    return SubscriptionItem.objects.filter(changed_from__isnull=False).count()


@pytest.mark.rule("SUB-5", "SUB-3", "INV-7")
def test_a_cancellation_gives_a_credit_once_as_soon_as_there_is_something_to_take_it_from() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"))
    run_for(people.cycle, JANUARY)
    cancel_subscription(subscription.id, MIDDLE_OF_JANUARY)
    assert totals(run_for(people.cycle, FEBRUARY)) == {}
    subscribed(account, a_price("50"), start_date=MARCH)
    run = run_for(people.cycle, MARCH)
    assert shown(run, account) == [("correction", -16), ("recurring", 50)]
    correction = lines_by(run)[0]
    assert (correction.period_start, correction.period_end) == (MIDDLE_OF_JANUARY, FEBRUARY)
    assert shown(run_for(people.cycle, APRIL), account) == [("recurring", 50)]
    assert open_items() == 0


@pytest.mark.rule("SUB-5", "SUB-3")
def test_a_larger_quantity_from_the_middle_of_a_billed_month_is_charged_for_the_days_that_are_left() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"))
    run_for(people.cycle, JANUARY)
    quantity_changed(subscription, MIDDLE_OF_JANUARY, 3)
    assert shown(run_for(people.cycle, FEBRUARY), account) == [("correction", 32), ("recurring", 93)]
    assert shown(run_for(people.cycle, MARCH), account) == [("recurring", 93)]


@pytest.mark.rule("SUB-5", "SUB-6")
def test_changes_back_and_forth_are_each_corrected_once() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"), end_date=date(2026, 1, 31))
    first = lines_by(run_for(people.cycle, JANUARY))[0]
    for quantity, difference in ((2, 31), (3, 31), (4, 31)):
        quantity_changed(subscription, JANUARY, quantity)
        (line,) = lines_by(run_for(people.cycle, FEBRUARY))
        assert (line.kind, line.total, line.corrects) == ("correction", difference, first.id)
    assert balances([account.id]) == {account.id: {"USD": Decimal(124)}}
    quantity_changed(subscription, JANUARY, 4)
    assert lines_by(run_for(people.cycle, FEBRUARY)) == []
    assert open_items() == 0


@pytest.mark.rule("SUB-6")
def test_a_correction_takes_the_percent_discount_and_the_tax_rates_of_the_line_that_it_corrects() -> None:
    people = People()
    account = people.account(billing_address={"country": "DE"})
    create_discount(NewDiscount(account=account.id, percent=Decimal(50), valid_from=JANUARY))
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(25)))
    subscription = subscribed(account, a_price("31"))
    assert totals(run_for(people.cycle, JANUARY)) == {account.id: Decimal("19.38")}
    Discount.objects.all().delete()
    TaxRate.objects.all().delete()
    quantity_changed(subscription, MIDDLE_OF_JANUARY, 3)
    correction, regular = lines_by(run_for(people.cycle, FEBRUARY))
    assert (correction.gross, correction.discount, correction.tax, correction.total) == (32, 16, 4, 20)
    assert (regular.gross, regular.total) == (93, 93)


class Handover:
    """An account that `before` is responsible for in January and `after` from February on; `before` has 50 a month."""

    def __init__(self) -> None:
        self.people = People()
        self.before, self.after, self.managed = (self.people.account() for _ in range(3))
        assign_responsible_account(self.managed.id, self.before.id, JANUARY)
        assign_responsible_account(self.managed.id, self.after.id, FEBRUARY)
        self.subscription = subscribed(self.managed, a_price("31"))
        subscribed(self.before, a_price("50"))
        assert totals(self.run(JANUARY)) == {self.before.id: 81}

    def run(self, on: date) -> BillRun:
        run = run_for(self.people.cycle, on)
        assert (run.status, set(checks(run).values())) == (RunStatus.COMPLETED, {True})
        return run


@pytest.mark.rule("SUB-6", "BHI-7")
def test_a_credit_goes_to_the_account_that_was_invoiced_though_another_one_is_responsible_now() -> None:
    handover = Handover()
    cancel_subscription(handover.subscription.id, MIDDLE_OF_JANUARY)
    run = handover.run(FEBRUARY)
    assert totals(run) == {handover.before.id: 34}
    (credit,) = (line for line in lines_by(run) if line.kind == "correction")
    assert (credit.total, credit.payer_trail) == (-16, [["SUB-6", handover.managed.id, handover.before.id]])
    assert totals(handover.run(MARCH)) == {handover.before.id: 50}
    assert open_items() == 0


@pytest.mark.rule("SUB-6", "SUB-5", "BHI-7")
def test_a_correction_goes_to_the_account_of_before_and_new_periods_to_that_of_today() -> None:
    handover = Handover()
    quantity_changed(handover.subscription, MIDDLE_OF_JANUARY, 3)
    assert totals(handover.run(FEBRUARY)) == {handover.before.id: 82, handover.after.id: 93}
    assert totals(handover.run(MARCH)) == {handover.before.id: 50, handover.after.id: 93}
    assert totals(handover.run(APRIL)) == {handover.before.id: 50, handover.after.id: 93}
    assert open_items() == 0


@pytest.mark.rule("SUB-6", "INV-7")
def test_a_credit_that_the_account_of_before_can_not_use_yet_waits_while_today_s_account_goes_on() -> None:
    handover = Handover()
    Account.objects.filter(pk=handover.before.id).update(minimum_invoice_amount=75)
    quantity_changed(handover.subscription, MIDDLE_OF_JANUARY, 0)
    quantity_changed(handover.subscription, FEBRUARY, 1)
    assert totals(handover.run(FEBRUARY)) == {handover.after.id: 31}
    assert totals(handover.run(MARCH)) == {handover.before.id: 84, handover.after.id: 31}
    assert totals(handover.run(APRIL)) == {handover.after.id: 31}


@pytest.mark.rule("SUB-6", "ACC-3")
def test_a_correction_for_an_account_that_is_inactive_goes_to_today_s_payer() -> None:
    handover = Handover()
    change_account_status(handover.before.id, "inactive", date(2026, 1, 31))
    quantity_changed(handover.subscription, MIDDLE_OF_JANUARY, 3)
    assert totals(handover.run(FEBRUARY)) == {handover.after.id: 125}
    assert totals(handover.run(MARCH)) == {handover.after.id: 93}
    assert open_items() == 0


@pytest.mark.rule("SUB-6")
def test_a_change_that_makes_no_difference_is_settled_though_two_accounts_are_concerned() -> None:
    handover = Handover()
    handover.run(FEBRUARY)
    quantity_changed(handover.subscription, MIDDLE_OF_JANUARY, 1)
    assert totals(handover.run(FEBRUARY)) == {}
    assert open_items() == 0


@pytest.mark.rule("PERF-2", "SUB-6")
def test_changed_items_are_looked_for_once_a_run_and_told_to_the_batch_of_who_was_invoiced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bill_run, "ACCOUNTS_A_BATCH", 1)
    handover = Handover()
    handover.run(FEBRUARY)
    quantity_changed(handover.subscription, MIDDLE_OF_JANUARY, 3)
    item = handover.subscription.items.get()
    batches = handover.run(MARCH).batches.values_list("first_account", "changed_items")
    assert dict(batches) == {handover.before.id: [item.id], handover.after.id: [item.id]}


@pytest.mark.rule("INV-6", "RUN-3", "LED-1")
def test_what_was_on_a_void_invoice_is_billed_anew_by_the_next_run() -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("31"))
    january = run_for(people.cycle, JANUARY)
    run_for(people.cycle, FEBRUARY)
    void_invoice(only_invoice(january).id)
    run = run_for(people.cycle, MARCH)
    assert [(line.period_start, line.kind, line.total) for line in lines_by(run)] == [
        (JANUARY, "recurring", 31),
        (MARCH, "recurring", 31),
    ]
    assert set(checks(run).values()) == {True}
    assert balances([account.id]) == {account.id: {"USD": Decimal(93)}}


@pytest.mark.rule("INV-6", "BHI-7", "SUB-5")
def test_what_was_on_a_void_invoice_is_billed_to_today_s_payer() -> None:
    handover = Handover()
    (invoice,) = invoices_of(BillRun.objects.get())
    void_invoice(invoice.id)
    assert totals(handover.run(FEBRUARY)) == {handover.before.id: 100, handover.after.id: 62}


@pytest.mark.rule("INV-6", "SUB-6")
def test_a_void_correction_comes_again() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"), end_date=date(2026, 1, 31))
    run_for(people.cycle, JANUARY)
    quantity_changed(subscription, MIDDLE_OF_JANUARY, 3)
    for _ in range(3):
        run = run_for(people.cycle, FEBRUARY)
        assert [(line.kind, line.total) for line in lines_by(run)] == [("correction", 32)]
        void_invoice(only_invoice(run).id)


@pytest.mark.rule("SUB-5")
def test_a_backdated_subscription_is_billed_from_its_start() -> None:
    people = People()
    account = people.account()
    run_for(people.cycle, FEBRUARY)
    subscribed(account, a_price("31"), start_date=MIDDLE_OF_JANUARY)
    run = run_for(people.cycle, MARCH)
    assert [line.total for line in lines_by(run)] == [16, 31, 31]
