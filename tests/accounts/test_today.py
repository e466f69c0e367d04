"""Today is the day in the owner's time zone (DAT-2): in Auckland tomorrow while it is today in Los Angeles."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.accounts import today as days
from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.models import Account, Owner
from banyan.accounts.today import days_now, same_day_throughout, today
from banyan.billruns.actions.start_run import start_run
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from banyan.invoices.queries import invoices
from banyan.ledger import queries as ledger
from banyan.ledger.models import Posting
from banyan.ledger.queries import balances
from banyan.relations.models import ResponsibleAccount
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import NewItem, NewSubscription
from tests.billruns.running import run_for
from tests.business import a_price, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")

MOMENT = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
MARCH_31, APRIL_1 = date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past twelve in London: 01:30 of the next day in Auckland, 05:30 of the same in Los Angeles."""
    monkeypatch.setattr(days, "now", lambda: MOMENT)
    monkeypatch.setattr(ledger, "now", lambda: MOMENT)


def account_in(time_zone: str) -> Account:
    """An account of an owner that is there."""
    prefix = time_zone[:3]
    owner = create_owner({"legal_name": time_zone, "invoice_prefix": prefix, "time_zone": time_zone})
    account = an_account(time_zone)
    Account.objects.filter(pk=account.pk).update(owner=owner)
    return Account.objects.get(pk=account.pk)


@pytest.mark.rule("DAT-2")
def test_it_is_another_day_for_each_owner_and_the_first_ones_for_what_belongs_to_none() -> None:
    auckland, los_angeles = account_in("Pacific/Auckland"), account_in("America/Los_Angeles")
    assert (today(auckland.owner_id), today(los_angeles.owner_id)) == (APRIL_1, MARCH_31)
    first = Owner.objects.order_by("id").first()
    assert first is not None
    assert today() == days_now().first == days_now().of(first.pk)
    Owner.objects.filter(pk=first.pk).update(time_zone="Pacific/Auckland")
    assert today() == APRIL_1


@pytest.mark.rule("DAT-2")
def test_within_one_look_it_stays_the_same_day_and_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    auckland = account_in("Pacific/Auckland").owner_id
    with same_day_throughout(), CaptureQueriesContext(connection) as asked:
        assert today(auckland) == APRIL_1
        monkeypatch.setattr(days, "now", lambda: MOMENT + timedelta(days=1))
        assert today(auckland) == APRIL_1
    assert (today(auckland), len(asked)) == (date(2026, 4, 2), 1)


@pytest.mark.rule("DAT-2", "SUB-1", "BHI-1", "ACC-3")
def test_what_is_given_no_day_begins_on_the_owners() -> None:
    for zone, day in (("Pacific/Auckland", APRIL_1), ("America/Los_Angeles", MARCH_31)):
        account, other = account_in(zone), an_account()
        Account.objects.filter(pk=other.pk).update(owner=account.owner, bill_cycle=account.bill_cycle)
        new = NewSubscription(account=account.pk, items=(NewItem(a_price("31").pk, Decimal(1)),))
        assert create_subscription(new).start_date == day
        assign_responsible_account(account.pk, other.pk)
        assert ResponsibleAccount.objects.get(account=account).during.lower == day
        assert change_account_status(account.pk, "suspended").status_date == day


@pytest.mark.rule("DAT-2", "LED-2", "INV-2")
def test_an_invoice_is_overdue_counts_and_is_voided_by_the_owners_day() -> None:
    auckland, los_angeles = account_in("Pacific/Auckland"), account_in("America/Los_Angeles")
    for account in (auckland, los_angeles):
        subscribed(account, a_price("31"), start_date=APRIL_1)
        run_for(account.bill_cycle, APRIL_1)
    assert balances([auckland.pk, los_angeles.pk]) == {auckland.pk: {"USD": 31}}
    before = MARCH_31 - timedelta(days=30)
    assert [one.is_overdue for one in invoices().order_by("id")] == [False, False]
    due = {one.account_id: one.due_date for one in Invoice.objects.all()}
    assert due[auckland.pk] == due[los_angeles.pk] > before
    for invoice in Invoice.objects.all():
        void_invoice(invoice.pk)
    assert {row.posted_on for row in Posting.objects.filter(source_kind="void")} == {APRIL_1}
    assert balances([auckland.pk, los_angeles.pk]) == {auckland.pk: {"USD": 0}}


@pytest.mark.rule("DAT-2")
def test_a_run_of_a_day_that_has_begun_for_the_first_owner_needs_nothing() -> None:
    account = account_in("Pacific/Auckland")
    assert start_run(account.bill_cycle_id, APRIL_1).billing_date == APRIL_1
