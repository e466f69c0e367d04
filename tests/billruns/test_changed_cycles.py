"""An account that changes its bill cycle: the period under way is cut, later ones follow the new cycle (ACC-5)."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.models import Account, BillCycle
from banyan.customers.actions.update_account import update_account
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import EarlierBillCycle
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, invoices_of, lines_on, run_for, used
from tests.business import a_meter, a_price, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


def charged(cycle: BillCycle, on: date) -> list[tuple[Decimal, str, str]]:
    """What the run for a day charges: gross, first day, first day no more."""
    return [
        (line.gross, f"{line.period_start:%m-%d}", f"{line.period_end:%m-%d}")
        for invoice in invoices_of(run_for(cycle, on))
        for line in lines_on(invoice)
    ]


def changed(account: Account, start: date) -> BillCycle:
    """The account's new monthly cycle."""
    cycle = create_bill_cycle(f"From {start} of {account.id}", "monthly", start, None, "UTC")
    update_account(account.id, {"bill_cycle": cycle.id})
    account.refresh_from_db()
    return cycle


@pytest.mark.rule("ACC-5", "SUB-2", "SUB-3")
def test_while_billing_is_behind_the_new_cycle_goes_on_where_the_old_one_billed_until() -> None:
    account = an_account()
    subscribed(account, a_price("28"), a_price("28", timing="in_arrears"))
    old = account.bill_cycle
    assert charged(old, JANUARY) == [(28, "01-01", "02-01")]
    assert charged(old, FEBRUARY) == [(28, "02-01", "03-01"), (28, "01-01", "02-01")]
    new = changed(account, date(2025, 12, 15))
    assert charged(old, MARCH) == []
    assert charged(new, date(2026, 3, 15)) == [
        *((14, "03-01", "03-15"), (28, "03-15", "04-15")),
        *((28, "02-01", "03-01"), (14, "03-01", "03-15")),
    ]
    assert charged(new, date(2026, 3, 15)) == []


@pytest.mark.rule("ACC-5", "SUB-5")
def test_a_cancellation_behind_the_change_credits_the_days_of_both_cycles() -> None:
    account = an_account()
    subscription = subscribed(account, a_price("28"))
    charged(account.bill_cycle, FEBRUARY)
    new = changed(account, date(2025, 12, 15))
    charged(new, date(2026, 3, 15))
    cancel_subscription(subscription.id, date(2026, 2, 20))
    create_charge(NewCharge(account.id, "Visit", Decimal(100), date(2026, 4, 15)))
    gross = [gross for gross, _, _ in charged(new, date(2026, 4, 15))]
    assert sorted(gross) == [-28, -14, -9, 100]


@pytest.mark.rule("ACC-5", "SUB-3", "SUB-5")
def test_a_period_that_is_billed_beyond_today_is_cut_today(monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account()
    subscribed(account, a_price("28"))
    charged(account.bill_cycle, FEBRUARY)
    monkeypatch.setattr("banyan.customers.actions.update_account.today", lambda *_: date(2026, 2, 8))
    new = changed(account, date(2025, 12, 15))
    assert charged(new, date(2026, 2, 15)) == [
        (Decimal("6.32"), "02-08", "02-15"),
        (-21, "02-08", "03-01"),
        (28, "02-15", "03-15"),
    ]
    back = changed(account, date(2025, 12, 8))
    assert EarlierBillCycle.objects.filter(account=account).count() == 1
    assert sum(gross for gross, _, _ in charged(back, date(2026, 3, 8))) == 28 + 28 - (Decimal("6.32") + 28)


@pytest.mark.rule("ACC-5", "USE-2")
def test_usage_is_counted_once_across_a_change_of_the_cycle() -> None:
    account, meter = an_account(), a_meter()
    subscribed(account, a_price("1", type="usage", meter=meter.id))
    for day, quantity in (
        (date(2026, 1, 31), 1),
        (date(2026, 2, 10), 2),
        (date(2026, 2, 20), 4),
        (date(2026, 3, 20), 8),
    ):
        used(account, meter, quantity, day)
    assert charged(account.bill_cycle, FEBRUARY) == [(1, "01-01", "02-01")]
    new = changed(account, date(2025, 12, 15))
    assert charged(new, date(2026, 2, 15)) == [(2, "02-01", "02-15")]
    used(account, meter, 16, date(2026, 1, 5))
    assert [gross for gross, _, _ in charged(new, date(2026, 4, 15))] == [16, 4, 8]


@pytest.mark.rule("ACC-5")
def test_an_account_that_was_never_billed_follows_the_new_cycle_from_the_beginning() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    new = changed(account, date(2026, 1, 1))
    assert charged(new, JANUARY) == [(31, "01-01", "02-01")]
    assert not EarlierBillCycle.objects.filter(account=account).exists()
