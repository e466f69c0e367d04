"""Voiding, cancelling and changing, seen from the next bill run (SUB-5, INV-6)."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ending import finish
from banyan.billruns.run import bill_batch, plan
from banyan.customers.actions.change_account_status import change_account_status
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.queries import invoices, lines_of
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge
from tests.business import a_price, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


def billed(account: Account, on: date) -> list[tuple[str, Decimal]]:
    """Run the account's bill cycle; kind and total of each line that the account is invoiced for by it."""
    run = start_run(account.bill_cycle_id, on)
    for batch in plan(run.id):
        bill_batch(batch)
    finish(run.id)
    found = invoices().filter(bill_run_id=run.id, account=account)
    return [(line.kind, line.total) for invoice in found for line in lines_of(invoice.id)]


@pytest.mark.rule("INV-6", "LED-1")
def test_what_was_on_a_void_invoice_is_billed_again_once() -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    create_charge(NewCharge(account.id, "Visit", Decimal("20.00"), JANUARY))
    first = billed(account, JANUARY)
    assert sorted(first) == [("one_time", 20), ("recurring", 31)]
    assert billed(account, JANUARY) == []
    void_invoice(invoices().get(account=account).id)
    assert balances([account.id])[account.id]["USD"] == 0
    assert sorted(billed(account, JANUARY)) == sorted(first)
    assert billed(account, FEBRUARY) == [("recurring", 31)]
    assert balances([account.id])[account.id]["USD"] == 82


@pytest.mark.rule("SUB-5")
def test_more_from_the_middle_of_a_billed_month_is_charged_for_its_days() -> None:
    account = an_account()
    subscription = subscribed(account, a_price("28"))
    billed(account, FEBRUARY)
    item = subscription.items.get()
    change_subscription(subscription.id, date(2026, 2, 15), [ItemChange(item.id, quantity=Decimal(3))])
    assert sorted(billed(account, MARCH)) == [("correction", 28), ("recurring", 84)]


@pytest.mark.rule("SUB-5")
def test_a_cancellation_with_proration_is_credited_and_one_without_is_not() -> None:
    prorated, kept = an_account(), an_account()
    first, second = (subscribed(account, a_price("28"), a_price("100")) for account in (prorated, kept))
    for account in (prorated, kept):
        billed(account, FEBRUARY)
        create_charge(NewCharge(account.id, "Visit", Decimal("200.00"), MARCH))
    cancel_subscription(first.id, date(2026, 2, 15))
    cancel_subscription(second.id, date(2026, 2, 15), prorate=False)
    assert sorted(billed(prorated, MARCH)) == [("correction", -50), ("correction", -14), ("one_time", 200)]
    assert billed(kept, MARCH) == [("one_time", 200)]
    assert billed(kept, APRIL) == []


@pytest.mark.rule("ACC-3")
def test_an_account_that_was_closed_is_billed_until_its_last_day() -> None:
    account = an_account()
    subscribed(account, a_price("28", timing="in_arrears"))
    change_account_status(account.id, "inactive", date(2026, 2, 14))
    assert billed(account, MARCH) == [("recurring", 28), ("recurring", 14)]
