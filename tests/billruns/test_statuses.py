"""What the status of an account means for what it is charged (ACC-3)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.queries import pending_charges
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import BillingPause
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, invoices_of, lines_on, run_for, used
from tests.business import a_meter, a_price, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")

MAY = date(2026, 5, 1)


def charged(account: Account, on: date) -> list[tuple[str, str, str]]:
    """What a run for the day charges the account: gross, first day, first day no more."""
    return [
        (str(line.gross), str(line.period_start), str(line.period_end))
        for invoice in invoices_of(run_for(account.bill_cycle, on))
        for line in lines_on(invoice)
    ]


def pauses(account: Account) -> list[tuple[str, str, str]]:
    found = BillingPause.objects.filter(account=account).order_by("during")
    return [(pause.kind, str(pause.during.lower), str(pause.during.upper)) for pause in found]


@pytest.mark.rule("ACC-3", "SUB-3", "SUB-5")
def test_the_days_between_closing_an_account_and_opening_it_again_are_never_charged() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    assert charged(account, JANUARY) == [("31.0000", "2026-01-01", "2026-02-01")]
    change_account_status(account.id, "inactive", date(2026, 1, 10))
    create_charge_of(account)
    change_account_status(account.id, "active", date(2026, 3, 11))
    assert charged(account, APRIL) == [
        ("-21.0000", "2026-01-11", "2026-02-01"),
        ("21.0000", "2026-03-11", "2026-04-01"),
        ("31.0000", "2026-04-01", "2026-05-01"),
    ]
    assert charged(account, APRIL) == []
    assert charged(account, MAY) == [("31.0000", "2026-05-01", "2026-06-01")]


def create_charge_of(account: Account) -> None:
    """An inactive account takes no charge of a later day; nothing comes of the attempt."""
    with pytest.raises(Refusal, match="inactive"):
        create_charge(NewCharge(account.id, "Visit", Decimal(5), FEBRUARY))


@pytest.mark.rule("ACC-3", "SUB-7")
def test_what_was_owed_until_the_last_day_is_billed_though_it_is_only_told_later() -> None:
    account = an_account()
    change_account_status(account.id, "inactive", date(2026, 1, 20))
    create_charge(NewCharge(account.id, "Visit", Decimal(5), date(2026, 1, 20)))
    with pytest.raises(Refusal) as refused:
        create_charge(NewCharge(account.id, "Visit", Decimal(5), date(2026, 1, 21)))
    (problem,) = refused.value.problems
    assert (problem.field, problem.rule) == ("date", "ACC-3")
    assert [gross for gross, _, _ in charged(account, FEBRUARY)] == ["5.0000"]


@pytest.mark.rule("ACC-3", "SUB-7")
def test_a_charge_dated_after_the_last_day_waits_until_the_account_is_active_again() -> None:
    account = an_account()
    create_charge(NewCharge(account.id, "Visit", Decimal(5), date(2026, 1, 20)))
    create_charge(NewCharge(account.id, "Later visit", Decimal(7), date(2026, 1, 21)))
    change_account_status(account.id, "inactive", date(2026, 1, 20))
    assert [gross for gross, _, _ in charged(account, FEBRUARY)] == ["5.0000"]
    change_account_status(account.id, "active", date(2026, 2, 1))
    assert [gross for gross, _, _ in charged(account, MARCH)] == ["7.0000"]


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize("status", ["suspended", "pending_collection"])
def test_recurring_charges_of_a_suspended_account_go_on_unless_the_setting_says_otherwise(status: str) -> None:
    account, other = an_account(), an_account()
    meter = a_meter()
    calls = a_price("1", type="usage", meter=meter.id, timing="in_arrears")
    subscribed(account, a_price("31"), calls)
    subscribed(other, a_price("31"))
    change_account_status(other.id, status, date(2026, 1, 11))
    assert charged(other, JANUARY) == [("31.0000", "2026-01-01", "2026-02-01")]
    change_settings({"bill_suspended_accounts": False})
    assert charged(other, FEBRUARY) == []
    change_account_status(account.id, status, date(2026, 1, 11))
    used(account, meter, 5, date(2026, 1, 20))
    assert charged(account, JANUARY) == []
    assert charged(account, FEBRUARY) == [("5.0000", "2026-01-01", "2026-02-01")]
    change_account_status(account.id, "active", date(2026, 2, 15))
    assert charged(account, MARCH) == [
        ("10.0000", "2026-01-01", "2026-01-11"),
        ("15.5000", "2026-02-15", "2026-03-01"),
        ("31.0000", "2026-03-01", "2026-04-01"),
    ]


@pytest.mark.rule("ACC-3", "SUB-5")
def test_whoever_is_suspended_when_the_run_is_done_waits_with_what_recurs_whatever_the_billing_date() -> None:
    account = an_account()
    subscribed(account, a_price("31"), a_price("9", timing="in_arrears"))
    change_settings({"bill_suspended_accounts": False})
    assert charged(account, JANUARY) == [("31.0000", "2026-01-01", "2026-02-01")]
    change_account_status(account.id, "suspended", date(2026, 3, 11))
    create_charge(NewCharge(account.id, "Visit", Decimal(5), FEBRUARY))
    assert [gross for gross, _, _ in charged(account, FEBRUARY)] == ["5.0000"]
    assert [pending.line.gross for pending in pending_charges(account.id, MARCH)] == []
    change_account_status(account.id, "active", date(2026, 3, 21))
    assert charged(account, APRIL) == [
        ("31.0000", "2026-02-01", "2026-03-01"),
        ("10.0000", "2026-03-01", "2026-03-11"),
        ("11.0000", "2026-03-21", "2026-04-01"),
        ("31.0000", "2026-04-01", "2026-05-01"),
        ("9.0000", "2026-01-01", "2026-02-01"),
        ("9.0000", "2026-02-01", "2026-03-01"),
        ("2.9000", "2026-03-01", "2026-03-11"),
        ("3.2000", "2026-03-21", "2026-04-01"),  # together 9 x 21 / 31 = 6.10
    ]


@pytest.mark.rule("ACC-3", "SUB-5")
def test_the_credit_for_a_suspension_waits_until_the_account_is_closed() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    change_settings({"bill_suspended_accounts": False})
    assert charged(account, JANUARY) == [("31.0000", "2026-01-01", "2026-02-01")]
    change_account_status(account.id, "pending_collection", date(2026, 1, 11))
    create_charge(NewCharge(account.id, "Visit", Decimal(50), FEBRUARY))
    assert [gross for gross, _, _ in charged(account, FEBRUARY)] == ["50.0000"]
    create_charge(NewCharge(account.id, "Last visit", Decimal(50), FEBRUARY))
    change_account_status(account.id, "inactive", date(2026, 2, 20))
    assert sorted(gross for gross, _, _ in charged(account, MARCH)) == ["-21.0000", "50.0000"]


@pytest.mark.rule("ACC-3", "SET-1")
def test_the_setting_holds_from_the_day_it_is_changed_for_accounts_that_are_suspended_already() -> None:
    account = an_account()
    change_account_status(account.id, "suspended", date(2026, 1, 11))
    change_settings({"bill_suspended_accounts": False})
    assert pauses(account) == [("suspended", str(today()), "None")]
    change_settings({"bill_suspended_accounts": True})
    assert pauses(account) == []


CHANGES = [
    ([("inactive", 10), ("active", 20)], [("inactive", "2026-01-11", "2026-01-20")]),
    ([("inactive", 10), ("active", 11)], []),
    ([("inactive", 10), ("active", 5)], []),
    ([("suspended", 10), ("active", 20)], [("suspended", "2026-01-10", "2026-01-20")]),
    ([("suspended", 10), ("active", 5)], []),
    ([("suspended", 10), ("pending_collection", 15), ("active", 20)], [("suspended", "2026-01-10", "2026-01-20")]),
    (
        [("suspended", 10), ("active", 20), ("suspended", 15)],
        [("suspended", "2026-01-10", "2026-01-20"), ("suspended", "2026-01-20", "None")],
    ),
    ([("suspended", 10), ("inactive", 20)], [("suspended", "2026-01-10", "2026-01-21")]),
    ([("suspended", 10), ("inactive", 5), ("active", 25)], [("inactive", "2026-01-06", "2026-01-25")]),
    (
        [("suspended", 10), ("active", 20), ("inactive", 12), ("active", 25)],
        [("suspended", "2026-01-10", "2026-01-13"), ("inactive", "2026-01-13", "2026-01-25")],
    ),
]


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize(("changes", "expected"), CHANGES)
def test_whatever_follows_what_no_two_pauses_hold_on_a_day(
    changes: Sequence[tuple[str, int]], expected: list[tuple[str, str, str]]
) -> None:
    account = an_account()
    change_settings({"bill_suspended_accounts": False})
    for status, day in changes:
        change_account_status(account.id, status, date(2026, 1, day))
    assert pauses(account) == expected


@pytest.mark.rule("ACC-3", "REL-B")
def test_the_database_refuses_two_pauses_on_a_day() -> None:
    account = an_account()
    during = (date(2026, 1, 1), date(2026, 1, 5))
    BillingPause.objects.create(account=account, kind="inactive", during=during)
    with pytest.raises(DatabaseError, match="account_has_one_pause_on_any_day"), transaction.atomic():
        BillingPause.objects.create(account=account, kind="suspended", during=(date(2026, 1, 4), None))


@pytest.mark.rule("ACC-3", "SUB-5")
def test_what_a_cancellation_left_standing_ends_with_the_account() -> None:
    account = an_account()
    subscription = subscribed(account, a_price("31"))
    change_account_status(account.id, "inactive", date(2026, 1, 10))
    cancel_subscription(subscription.id, date(2026, 1, 20), prorate=False)
    assert charged(account, FEBRUARY) == [("10.0000", "2026-01-01", "2026-01-11")]
