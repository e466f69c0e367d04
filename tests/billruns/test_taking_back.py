"""What a reversed run, a discarded one or a void invoice leaves behind: items that stand as if it had never been."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from banyan.accounts.models import Account
from banyan.accounts.today import Days, today
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.models import BillRun
from banyan.catalog.models import Meter
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.invoices.actions import void_invoice as voiding
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import BilledBefore, Invoice, InvoiceStatus
from banyan.invoices.queries import invoices
from banyan.ledger.queries import balances, trial_balance
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange, NewItem
from banyan.subscriptions.models import Subscription, SubscriptionItem
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, lines_by, run_for, used
from tests.business import a_bill_cycle, a_customer, a_meter, a_price, account_of, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")
STORIES = range(8)


def usage_price(meter: Meter, **given: object) -> object:
    """2 a unit."""
    return a_price("2", type="usage", meter=meter.pk, **given)


def billed_until(account: Account) -> list[tuple[date | None, date | None]]:
    items = SubscriptionItem.objects.filter(subscription__account=account).order_by("id")
    return list(items.values_list("billed_until", "changed_from"))


def billed(run: BillRun, account: Account) -> list[tuple[str, date, date, Decimal]]:
    return sorted(
        (line.kind, line.period_start, line.period_end, line.total)
        for line in lines_by(run)
        if line.account_id == account.id
    )


@pytest.mark.rule("RUN-8", "SUB-5")
def test_an_item_that_got_no_line_is_not_billed_any_more_either_once_the_run_is_reversed() -> None:
    account, meter = an_account(), a_meter()
    subscribed(account, a_price("31"), usage_price(meter))
    run = run_for(account.bill_cycle, MARCH)
    assert billed_until(account) == [(APRIL, None), (MARCH, None)]
    assert {line.kind for line in lines_by(run)} == {"recurring"}
    reverse_run(run.pk)
    assert billed_until(account) == [(None, None), (None, None)]
    used(account, meter, 5, date(2026, 1, 10))
    again = run_for(account.bill_cycle, FEBRUARY)
    assert billed(again, account) == [
        ("recurring", JANUARY, FEBRUARY, 31), ("recurring", FEBRUARY, MARCH, 31), ("usage", JANUARY, FEBRUARY, 10),
    ]  # fmt: skip


@pytest.mark.rule("RUN-8", "SUB-5")
def test_what_later_runs_billed_without_a_line_stays_and_is_compared_again() -> None:
    account, meter = an_account(), a_meter()
    subscribed(account, usage_price(meter))
    first, second = run_for(account.bill_cycle, FEBRUARY), run_for(account.bill_cycle, MARCH)
    reverse_run(first.pk)
    assert billed_until(account) == [(MARCH, JANUARY)]
    reverse_run(second.pk)
    assert billed_until(account) == [(FEBRUARY, JANUARY)]
    used(account, meter, 5, date(2026, 1, 10))
    assert billed(run_for(account.bill_cycle, MARCH), account) == [("usage", JANUARY, FEBRUARY, 10)]
    assert billed_until(account) == [(MARCH, None)]


@pytest.mark.rule("INV-6", "SUB-5")
def test_a_void_invoice_takes_back_what_its_payer_was_billed_without_a_line_and_nobody_else() -> None:
    account, meter = an_account(), a_meter()
    other = an_account("Other")
    Account.objects.filter(pk=other.pk).update(bill_cycle=account.bill_cycle)
    for one in (account, other):
        subscribed(one, a_price("31"), usage_price(meter))
    run = run_for(account.bill_cycle, MARCH)
    void_invoice(Invoice.objects.get(bill_run_id=run.pk, account=account).pk)
    assert billed_until(account) == [(None, None), (None, None)]
    assert billed_until(other) == [(APRIL, None), (MARCH, None)]
    assert sum(total for *_, total in billed(run_for(account.bill_cycle, MARCH), account)) == 93
    reverse_run(run.pk)
    assert [until for until, _ in billed_until(account)] == [APRIL, MARCH]
    assert billed_until(other) == [(None, None), (None, None)]
    assert not BilledBefore.objects.filter(bill_run_id=run.pk).exists()
    last = run_for(account.bill_cycle, MARCH)
    assert (billed(last, account), sum(total for *_, total in billed(last, other))) == ([], 93)


@pytest.mark.rule("INV-6", "GRP-1")
def test_a_void_invoice_leaves_the_payers_other_invoices_of_the_run_as_they_are() -> None:
    account = an_account()
    apart = subscribed(account, a_price("20"), who_pays=None)
    subscribed(account, a_price("31"))
    run = run_for(account.bill_cycle, JANUARY)
    for invoice in Invoice.objects.filter(bill_run_id=run.pk):
        void_invoice(invoice.pk)
    assert [until for until, _ in billed_until(account)] == [None, None]
    assert apart.items.get().changed_from is None


@pytest.mark.rule("RUN-8")
def test_an_item_of_a_run_before_states_were_kept_is_billed_until_its_last_line_again() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    first, second = run_for(account.bill_cycle, JANUARY), run_for(account.bill_cycle, MARCH)
    BilledBefore.objects.all().delete()
    reverse_run(second.pk)
    assert billed_until(account) == [(FEBRUARY, FEBRUARY)]
    void_invoice(Invoice.objects.get(bill_run_id=first.pk).pk)
    assert billed_until(account) == [(JANUARY, JANUARY)]
    assert sum(line.total for line in lines_by(run_for(account.bill_cycle, MARCH))) == 93


@dataclass
class Twin:
    """A payer with a managed account, each with something in advance, in arrears, for a quarter, of nothing, and usage
    with an allowance."""

    meter: Meter = field(default_factory=a_meter)

    def __post_init__(self) -> None:
        self.cycle = a_bill_cycle()
        self.payer, self.managed = account_of(a_customer("Payer")), account_of(a_customer("Managed"))
        for account in (self.payer, self.managed):
            Account.objects.filter(pk=account.pk).update(bill_cycle=self.cycle)
        assign_responsible_account(self.managed.pk, self.payer.pk, JANUARY)
        self.accounts = [self.payer, self.managed]
        self.subscriptions = [self._subscribed(account) for account in self.accounts]

    def _subscribed(self, account: Account) -> Subscription:
        free = NewItem(a_price("5").pk, Decimal(0))
        prices = [
            a_price("31"), a_price("28", timing="in_arrears"), a_price("90", interval="month", interval_count=3),
            usage_price(self.meter, included_quantity=Decimal(10)),
        ]  # fmt: skip
        return subscribed(account, items=(*(NewItem(price.pk, Decimal(1)) for price in prices), free))

    def states(self) -> list[tuple[date | None, date | None]]:
        return [state for account in self.accounts for state in billed_until(account)]

    def billed(self, run: BillRun) -> list[object]:
        return [billed(run, account) for account in self.accounts]

    def do(self, what: str, place: int, quantity: int, day: date) -> None:
        if what == "use":
            used(self.accounts[place % 2], self.meter, quantity, day)
        else:
            items = list(self.subscriptions[place % 2].items.order_by("id"))
            item = items[place % 3]
            change_subscription(
                self.subscriptions[place % 2].pk, day, [ItemChange(item.pk, quantity=Decimal(quantity % 4))]
            )


@pytest.mark.rule("RUN-8", "SUB-5")
@pytest.mark.parametrize("story", STORIES)
def test_after_a_reversal_the_next_runs_bill_what_a_business_without_that_run_is_billed(story: int) -> None:
    chance = Random(story)
    months = [date(2026, month, 1) for month in range(1, 11)]
    mistaken, spared = Twin(), Twin()
    at = 0
    for _ in range(6):
        for _ in range(chance.randrange(4)):
            day = JANUARY + timedelta(days=chance.randrange(30 * (at + 1)))
            dealing = (chance.choice(["use", "change"]), chance.randrange(6), chance.randrange(1, 30), day)
            for twin in (mistaken, spared):
                twin.do(*dealing)
        ahead = chance.randrange(at, len(months))
        before = [until for until, _ in mistaken.states()]
        mistake = run_for(mistaken.cycle, months[ahead])
        if chance.random() < 0.5:
            reverse_run(mistake.pk)
            assert [until for until, _ in mistaken.states()] == before
        else:
            for invoice in Invoice.objects.filter(bill_run_id=mistake.pk):
                void_invoice(invoice.pk)
            reverse_run(mistake.pk)
        at = min(at + chance.randrange(2), len(months) - 1)
        runs = [run_for(twin.cycle, months[at]) for twin in (mistaken, spared)]
        assert mistaken.billed(runs[0]) == spared.billed(runs[1])
        assert [until for until, _ in mistaken.states()] == [until for until, _ in spared.states()]


@pytest.mark.rule("LED-2", "LED-1", "INV-6")
@pytest.mark.parametrize("story", STORIES)
def test_on_every_day_a_balance_is_what_was_open_then_and_never_below_zero(
    story: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(story)
    account = an_account()
    subscribed(account, a_price("31"))
    void_on: dict[int, date] = {}
    months = [date(2026, month, 1) for month in range(1, 13)]
    at = 0
    for _ in range(10):
        now = months[chance.randrange(len(months))] + timedelta(days=chance.randrange(28))
        monkeypatch.setattr(voiding, "days_now", lambda now=now: Days({}, now))
        if chance.random() < 0.6:
            at = min(at + chance.randrange(3), len(months) - 1)
            run_for(account.bill_cycle, months[at])
            continue
        is_open = Invoice.objects.filter(account=account, status=InvoiceStatus.OPEN)
        if (invoice := is_open.order_by("?").first()) is None:
            continue
        if chance.random() < 0.5:
            void_invoice(invoice.pk)
        else:
            reverse_run(invoice.bill_run_id)
        for each in Invoice.objects.filter(account=account, status=InvoiceStatus.VOID):
            void_on.setdefault(each.pk, max(now, each.invoice_date))
    issued = list(invoices().filter(account=account))
    for day in (date(2025, 12, 31) + timedelta(days=days) for days in range(0, 370, 3)):
        owed = balances([account.pk], day).get(account.pk, {}).get("USD", Decimal(0))
        open_then = [
            each.total
            for each in issued
            if each.invoice_date <= day and not (each.pk in void_on and void_on[each.pk] <= day)
        ]
        assert owed == sum(open_then)
        assert owed >= 0
        assert sum(row.balance for row in trial_balance(day)) == 0


@pytest.mark.rule("LED-2")
def test_a_void_of_what_is_dated_ahead_posts_on_its_date_and_today_owes_nothing() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    now = today()
    ahead = date(now.year + 1, 1, 1)
    run = run_for(account.bill_cycle, ahead)
    assert balances([account.pk]) == {}
    assert balances([account.pk], ahead)[account.pk]["USD"] > 0
    reverse_run(run.pk)
    assert balances([account.pk]) == {}
    assert balances([account.pk], ahead)[account.pk]["USD"] == 0
