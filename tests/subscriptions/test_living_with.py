"""Items added and ended, pauses, a cancellation taken back: what was billed is set right by the next run (SUB-9).

Prices of 31 a month make a day of January or March 1, those of 28 a day of February.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.accounts.models import Account
from banyan.billruns.actions import preview_change as preview
from banyan.billruns.actions.preview_change import NextInvoices, next_invoices, preview_change, preview_start
from banyan.customers.actions.change_account_status import change_account_status
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.actions.resume_subscription import resume_subscription
from banyan.subscriptions.actions.terminate_contract import terminate_contract
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.inputs import ItemChange, NewCharge, NewItem
from banyan.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPause
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, lines_by, run_for, totals, used
from tests.business import NEW_YEAR, a_meter, a_price, an_account, subscribed
from tests.contracts.test_contracts import a_contract
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")

MIDDLE_OF_JANUARY = date(2026, 1, 16)


def code_of(verb: Callable[[], object]) -> tuple[str, str]:
    """Field and code of the one problem that the verb is refused for."""
    with pytest.raises(Refusal) as caught:
        verb()
    (problem,) = caught.value.problems
    return problem.field, problem.code


class Month:
    """An account with 31 a month for January billed, and 100 a month beside it, so that credits have something to be
    taken from.
    """

    def __init__(self) -> None:
        self.people = People()
        self.account: Account = self.people.account()
        self.subscription = subscribed(self.account, a_price("31"))
        subscribed(self.account, a_price("100"))
        assert self.billed(JANUARY) == 131

    def billed(self, on: date) -> Decimal:
        return totals(run_for(self.people.cycle, on)).get(self.account.id, Decimal(0))


@pytest.mark.rule("SUB-9", "SUB-5")
def test_a_cancellation_that_was_credited_is_taken_back_and_the_month_is_paid_once() -> None:
    month = Month()
    cancel_subscription(month.subscription.id, MIDDLE_OF_JANUARY)
    assert month.billed(FEBRUARY) == 100 - 16
    subscription = uncancel_subscription(month.subscription.id)
    assert (subscription.end_date, subscription.cancelled_at) == (None, None)
    assert month.billed(FEBRUARY) == 16 + 31
    assert month.billed(MARCH) == 131


@pytest.mark.rule("SUB-9")
def test_what_was_kept_of_a_cancelled_subscription_is_not_charged_twice_when_it_goes_on() -> None:
    month = Month()
    cancel_subscription(month.subscription.id, MIDDLE_OF_JANUARY, prorate=False)
    uncancel_subscription(month.subscription.id)
    assert SubscriptionItem.objects.get(subscription=month.subscription).keep_until is None
    assert month.billed(FEBRUARY) == 131


@pytest.mark.rule("SUB-9", "DAT-1")
def test_it_goes_on_to_the_end_that_was_agreed_however_often_it_was_cancelled() -> None:
    subscription = subscribed(an_account(), end_date=date(2026, 12, 31))
    cancel_subscription(subscription.id, MARCH)
    cancel_subscription(subscription.id, FEBRUARY)
    assert uncancel_subscription(subscription.id).end_date == date(2026, 12, 31)
    assert code_of(lambda: uncancel_subscription(subscription.id)) == ("subscription", "not_cancelled")


@pytest.mark.rule("SUB-9", "CTR-2")
def test_what_ended_with_its_contract_does_not_go_on_without_it() -> None:
    account = an_account()
    contract = a_contract(account, end_date=None)
    subscription = subscribed(account, contract=contract.id)
    cancel_subscription(subscription.id, FEBRUARY)
    terminate_contract(contract.id, APRIL)
    assert uncancel_subscription(subscription.id).end_date == date(2026, 3, 31)
    cancel_subscription(subscription.id, FEBRUARY)
    uncancel_subscription(subscription.id)
    terminate_contract(contract.id, MARCH)
    assert code_of(lambda: uncancel_subscription(subscription.id)) == ("subscription", "after_contract")


@pytest.mark.rule("SUB-9", "DAT-1")
def test_paused_days_are_credited_by_the_next_run_the_last_one_included() -> None:
    month = Month()
    pause_subscription(month.subscription.id, MIDDLE_OF_JANUARY, date(2026, 1, 20))
    assert month.billed(FEBRUARY) == 131 - 5
    assert month.billed(MARCH) == 131


@pytest.mark.rule("SUB-9")
def test_a_pause_without_an_end_is_credited_at_once_and_lasts_until_it_is_resumed() -> None:
    month = Month()
    pause_subscription(month.subscription.id, MIDDLE_OF_JANUARY)
    assert month.billed(FEBRUARY) == 100 - 16
    assert month.billed(MARCH) == 100
    resume_subscription(month.subscription.id, date(2026, 3, 22))
    assert month.billed(APRIL) == 100 + 10 + 31


@pytest.mark.rule("SUB-9")
def test_resumed_on_its_first_day_a_pause_has_never_been() -> None:
    month = Month()
    pause_subscription(month.subscription.id, MIDDLE_OF_JANUARY)
    assert month.billed(FEBRUARY) == 100 - 16
    resume_subscription(month.subscription.id, MIDDLE_OF_JANUARY)
    assert month.billed(FEBRUARY) == 16 + 31
    assert not SubscriptionPause.objects.exists()


@pytest.mark.rule("SUB-9")
def test_usage_of_paused_days_is_not_charged() -> None:
    people, meter = People(), a_meter()
    account = people.account()
    subscription = subscribed(account, a_price("1", type="usage", meter=meter.id))
    pause_subscription(subscription.id, MIDDLE_OF_JANUARY, date(2026, 1, 20))
    for day, quantity in ((10, 7), (16, 100), (20, 100), (21, 5)):
        used(account, meter, quantity, date(2026, 1, day))
    assert totals(run_for(people.cycle, FEBRUARY)) == {account.id: 12}


@pytest.mark.rule("SUB-9", "ACC-3")
def test_a_day_that_subscription_and_account_are_both_paused_on_is_credited_once() -> None:
    month = Month()
    pause_subscription(month.subscription.id, date(2026, 1, 10), date(2026, 1, 20))
    change_account_status(month.account.id, "inactive", date(2026, 1, 15))
    change_account_status(month.account.id, "active", date(2026, 1, 26))
    # paused 10 to 20 January by itself, 16 to 25 January with the account: 16 days of 31; the other item 10 days of 31
    rest = Decimal(100) - (Decimal(100) * 10 / 31).quantize(Decimal("0.01"))
    assert month.billed(FEBRUARY) == Decimal(131) - 16 - 100 + rest


@pytest.mark.rule("SUB-9", "ERR-1")
def test_a_pause_inside_a_pause_and_a_resumption_of_what_is_not_paused_are_refused() -> None:
    subscription = subscribed(an_account(), end_date=date(2026, 12, 31))
    pause_subscription(subscription.id, FEBRUARY, date(2026, 2, 10))

    def pause(first: date, last: date | None = None) -> Callable[[], object]:
        return lambda: pause_subscription(subscription.id, first, last)

    assert code_of(pause(date(2026, 2, 3), date(2026, 2, 4))) == ("date", "already_paused")
    assert code_of(pause(NEW_YEAR)) == ("date", "already_paused")
    assert code_of(pause(date(2025, 12, 31), date(2026, 1, 2))) == ("date", "not_served")
    assert code_of(pause(date(2027, 1, 1))) == ("date", "not_served")
    assert code_of(pause(date(2026, 3, 2), MARCH)) == ("until", "before_date")
    assert code_of(lambda: resume_subscription(subscription.id, date(2026, 2, 11))) == ("date", "not_paused")
    pause_subscription(subscription.id, date(2026, 2, 11), date(2026, 2, 11))
    assert SubscriptionPause.objects.count() == 2


def test_two_pauses_on_one_day_are_refused_by_the_database() -> None:
    subscription = subscribed(an_account())
    pause_subscription(subscription.id, FEBRUARY)
    with pytest.raises(IntegrityError, match="subscription_has_one_pause_on_any_day"), transaction.atomic():
        SubscriptionPause.objects.create(subscription=subscription, during=DateRange(MARCH, None))


@pytest.mark.rule("SUB-9")
def test_an_item_is_charged_from_its_own_start_to_its_own_end() -> None:
    month = Month()
    item = add_item(month.subscription.id, NewItem(a_price("31").id, Decimal(2)), date(2026, 1, 22))
    assert month.billed(FEBRUARY) == 131 + 20 + 62
    end_item(month.subscription.id, item.id, date(2026, 2, 15))
    # 62 for February less half of it; March without it
    assert month.billed(MARCH) == 131 - 31
    assert month.billed(APRIL) == 131
    end_item(month.subscription.id, item.id, None)
    assert month.billed(APRIL) == 31 + 62 + 62


@pytest.mark.rule("SUB-9", "SUB-2")
def test_an_added_item_keeps_the_periods_of_its_subscription() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"), anchor="start_date", start_date=date(2026, 1, 10))
    add_item(subscription.id, NewItem(a_price("31").id), date(2026, 1, 20))
    lines = lines_by(run_for(people.cycle, FEBRUARY))
    assert [(line.period_start, line.period_end, line.total) for line in lines] == [
        (date(2026, 1, 10), date(2026, 2, 10), 31),
        (date(2026, 1, 20), date(2026, 2, 10), 21),
    ]


@pytest.mark.rule("SUB-9", "ERR-1")
def test_an_item_is_added_and_ended_only_while_the_subscription_is_served() -> None:
    account = an_account()
    subscription = subscribed(account, end_date=date(2026, 6, 30))
    price = a_price()

    def add(day: date, quantity: int = 1, of: int = price.id) -> Callable[[], object]:
        return lambda: add_item(subscription.id, NewItem(of, Decimal(quantity)), day)

    assert code_of(add(date(2026, 7, 1))) == ("start_date", "not_served")
    assert code_of(add(FEBRUARY, -1)) == ("quantity", "negative")
    assert code_of(add(FEBRUARY, of=a_price(currency="EUR").id)) == ("price", "other_currency")
    item = add_item(subscription.id, NewItem(price.id), FEBRUARY)

    def end(day: date | None) -> Callable[[], object]:
        return lambda: end_item(subscription.id, item.id, day)

    assert code_of(end(NEW_YEAR)) == ("date", "before_start")
    assert code_of(end(date(2026, 7, 2))) == ("date", "after_end")
    assert code_of(end(None)) == ("date", "already_ends")
    assert end_item(subscription.id, item.id, APRIL).end_date == date(2026, 3, 31)
    assert code_of(end(APRIL)) == ("date", "already_ends")
    assert code_of(lambda: end_item(subscribed(account).id, item.id, APRIL)) == ("item", "unknown")

    def change(day: date) -> Callable[[], object]:
        return lambda: change_subscription(subscription.id, day, [ItemChange(item.id, Decimal(5))])

    assert code_of(change(APRIL)) == ("items.0.id", "not_served")
    assert code_of(change(date(2026, 1, 31))) == ("items.0.id", "not_served")


@pytest.mark.rule("SUB-9", "ACC-16")
def test_the_history_tells_items_and_pauses() -> None:
    subscription = subscribed(an_account())
    item = add_item(subscription.id, NewItem(a_price().id), FEBRUARY)
    end_item(subscription.id, item.id, APRIL)
    pause_subscription(subscription.id, MARCH, date(2026, 3, 10))
    entries = HistoryEntry.objects.filter(subject_kind="subscription", subject_id=subscription.id, action="changed")
    told = [entry.changes for entry in entries.order_by("id")]
    it = {"id": item.id, "price": item.price_id, "quantity": "1.000000000000"}
    assert told == [
        {"item": [None, it], "effective_date": [None, "2026-02-01"]},
        {"item": [it, None], "effective_date": [None, "2026-04-01"]},
        {"pause": [None, {"from": "2026-03-01", "until": "2026-03-10"}]},
    ]


@pytest.mark.rule("SUB-9", "API-6")
def test_a_preview_shows_the_lines_of_the_next_invoice_before_and_after_and_changes_nothing() -> None:
    people = People()
    subscription = subscribed(people.account(), a_price("31"))
    preview = preview_change(subscription, lambda: pause_subscription(subscription.id, NEW_YEAR))
    assert preview.total_after == 0 < preview.total_before
    assert not SubscriptionPause.objects.exists()


@pytest.mark.rule("SUB-9", "RUN-1")
def test_a_preview_names_the_billing_date_that_bills_the_change_also_when_its_run_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """31.00 a month. February's run is done and March's is due; today is the 20th of March."""
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"))
    run_for(people.cycle, FEBRUARY)
    monkeypatch.setattr(preview, "today", lambda owner=None: date(2026, 3, 20))
    item = subscription.items.get()

    def doubled(day: date) -> NextInvoices:
        return preview_change(
            subscription, lambda: change_subscription(subscription.id, day, [ItemChange(item.id, Decimal(2))])
        )

    due = doubled(date(2026, 3, 16))
    assert (due.billing_date, due.total_before, due.total_after) == (MARCH, 31, 15 + 32)
    later = doubled(date(2026, 4, 1))
    assert (later.billing_date, later.total_before, later.total_after) == (date(2026, 4, 1), 62, 31 + 62)
    assert next_invoices(subscription).billing_date == MARCH
    started = preview_start(lambda: subscribed(account, a_price("31"), start_date=date(2026, 3, 16)))
    assert (started.billing_date, started.total_after) == (date(2026, 4, 1), 16 + 31)
    run_for(people.cycle, MARCH)
    assert doubled(date(2026, 3, 16)).billing_date == next_invoices(subscription).billing_date == date(2026, 4, 1)
    run_for(people.cycle, date(2026, 4, 1))
    ahead = doubled(date(2026, 4, 16))
    assert (ahead.billing_date, ahead.total_before, ahead.total_after) == (date(2026, 5, 1), 31, 62 + Decimal("15.50"))


def there_and_back() -> list[Callable[[Subscription, date], Callable[[], object]]]:
    """Verbs, each of which gives the one that takes it back."""

    def cancelled(subscription: Subscription, day: date) -> Callable[[], object]:
        cancel_subscription(subscription.id, day, prorate=day.day % 2 == 0)
        return lambda: uncancel_subscription(subscription.id)

    def paused(subscription: Subscription, day: date) -> Callable[[], object]:
        pause_subscription(subscription.id, day, day + timedelta(days=9) if day.day % 2 else None)
        return lambda: resume_subscription(subscription.id, day)

    def ended(subscription: Subscription, day: date) -> Callable[[], object]:
        item = subscription.items.order_by("id")[0]
        end_item(subscription.id, item.id, day)
        return lambda: end_item(subscription.id, item.id, None)

    def added(subscription: Subscription, day: date) -> Callable[[], object]:
        item = add_item(subscription.id, NewItem(a_price("17.77").id), day)
        return lambda: end_item(subscription.id, item.id, day)

    def seated(subscription: Subscription, day: date) -> Callable[[], object]:
        item = subscription.items.order_by("id")[0]
        change_subscription(subscription.id, day, [ItemChange(item.id, add=Decimal(3))])
        return lambda: change_subscription(subscription.id, day, [ItemChange(item.id, add=Decimal(-3))])

    return [cancelled, paused, ended, added, seated]


@pytest.mark.rule("SUB-9", "MON-3")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from(range(5)),
    day=st.integers(1, 100).map(lambda days: NEW_YEAR + timedelta(days=days)),
    in_advance=st.booleans(),
    billed_between=st.booleans(),
)
def test_what_is_done_and_taken_back_costs_nothing_to_the_cent_billed_in_between_or_not(
    tenant: str, verb: int, day: date, in_advance: bool, billed_between: bool
) -> None:
    with transaction.atomic():
        people = People()
        account = people.account()
        price = a_price("33.33", timing="in_advance" if in_advance else "in_arrears")
        subscription = subscribed(account, price)
        create_charge(NewCharge(account.id, "Whatever is credited is taken from it", Decimal(1000), NEW_YEAR))
        invoiced = [totals(run_for(people.cycle, on)) for on in (JANUARY, FEBRUARY)]
        take_back = there_and_back()[verb](subscription, day)
        if billed_between:
            create_charge(NewCharge(account.id, "Here too", Decimal(1000), MARCH))
            invoiced.append(totals(run_for(people.cycle, MARCH)))
        take_back()
        create_charge(NewCharge(account.id, "And here", Decimal(1000), APRIL))
        invoiced.append(totals(run_for(people.cycle, MARCH if not billed_between else APRIL)))
        invoiced.append(totals(run_for(people.cycle, date(2026, 5, 1))))
        periods = 5 if in_advance else 4
        charges = 3 if billed_between else 2
        total = sum((amount for one in invoiced for amount in one.values()), Decimal(0))
        assert total == 1000 * charges + periods * Decimal("33.33")
        transaction.set_rollback(True)
