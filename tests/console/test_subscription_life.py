"""What is done to subscriptions and charges on their pages (SUB-7, SUB-8, SUB-9), each after what follows was shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge
from banyan.subscriptions.models import Charge, ItemTerms, Subscription, SubscriptionItem
from tests.business import a_price, subscribed
from tests.console.conftest import readable
from tests.console.test_subscription_pages import Visiting, at, confirmed
from tests.relations.people import People

pytestmark = pytest.mark.rule("SUB-9")


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def next_month(day: date) -> date:
    """The first of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def changed(subscription: Subscription, on: date, quantity: str) -> dict[str, str]:
    """What the form sends for another quantity of its only item."""
    item = subscription.items.get()
    return {
        "date": str(on),
        f"item.{item.pk}.quantity": quantity,
        f"item.{item.pk}.price": str(item.price_id),
    }


def test_a_subscription_is_paused_and_resumed(visitor: Visiting, people: People):
    subscription = subscribed(people.account(), a_price("31"))
    ada, page = visitor(), at("subscription", subscription)
    tomorrow = today() + timedelta(days=1)
    assert "Resume" not in ada.text(page)
    confirmed(ada, f"{page}/pause", {"date": str(today())})
    assert "until it is resumed" in ada.text(page)
    refused = ada.post(f"{page}/pause", {"date": str(tomorrow)})
    assert (refused.status_code, "is paused from" in refused.content.decode()) == (422, True)
    confirmed(ada, f"{page}/resume", {"date": str(tomorrow)})
    assert subscription.pauses.get().during.upper == tomorrow


def test_a_cancellation_is_taken_back(visitor: Visiting, people: People):
    subscription = subscribed(people.account(), a_price("31"))
    ada, page = visitor(), at("subscription", subscription)
    assert "Take back the cancellation" not in ada.text(page)
    confirmed(ada, f"{page}/cancel", {"date": str(today()), "prorate": "on"})
    assert "Take back the cancellation" in ada.text(page)
    confirmed(ada, f"{page}/uncancel", {"sure": "yes"})
    subscription.refresh_from_db()
    assert subscription.cancelled_at is None


def test_an_item_is_added_and_ended(visitor: Visiting, people: People):
    subscription, price = subscribed(people.account(), a_price("31")), a_price("7")
    ada, page = visitor(), at("subscription", subscription)
    confirmed(ada, f"{page}/items/new", {"price": price.pk, "quantity": "2", "start_date": str(today())})
    item = SubscriptionItem.objects.get(price=price)
    assert (item.quantity, item.start_date) == (2, today())
    later = today() + timedelta(days=10)
    confirmed(ada, f"{page}/items/{item.pk}/end", {"date": str(later)})
    item.refresh_from_db()
    assert item.ends_before == later


@pytest.mark.rule("SUB-8")
def test_an_agreed_change_is_listed_and_taken_back(visitor: Visiting, people: People):
    subscription = subscribed(people.account(), a_price("31"))
    ada, page = visitor(), at("subscription", subscription)
    day = date(today().year + 1, 3, 1)
    change_subscription(subscription.pk, day, [ItemChange(subscription.items.get().pk, Decimal(7))])
    assert "7 units" in ada.text(page)
    confirmed(ada, f"{page}/changes/{ItemTerms.objects.get().pk}/withdraw", {"sure": "yes"})
    assert not ItemTerms.objects.exists()
    assert ada.post(f"{page}/changes/1/withdraw", {"sure": "yes"}).status_code == 404


@pytest.mark.rule("SUB-7", "WHO-1")
def test_a_charge_is_made_with_its_payer_changed_and_deleted(visitor: Visiting, people: People):
    _, leaf = people.chain(2)
    account = leaf.accounts.get()
    subscription = subscribed(account, a_price("31"))
    ada = visitor()
    sent = {"description": "Visit", "amount": "20", "date": "2026-03-01", "who_pays": "parent"}
    listed = ada.post(at("account", account, "/charges/new"), sent)["Location"]
    charge = Charge.objects.get()
    assert charge.who_pays_mode == "parent"
    form = ada.get(at("charge", charge, "/edit")).content.decode()
    opened = form.split('name="as_opened" value="')[1].split('"')[0]
    changed = {**sent, "amount": "30", "who_pays": f"subscription:{subscription.pk}", "as_opened": opened}
    assert ada.post(at("charge", charge, "/edit"), changed).status_code == 302
    charge.refresh_from_db()
    assert (charge.amount, charge.who_pays_mode, charge.subscription_id) == (30, None, subscription.pk)
    assert ada.post(at("charge", charge, "/delete"), {"sure": "yes"}).status_code == 302
    told = ada.text(listed)
    assert "No adjustments" in told
    assert "Deleted before they were billed" in told


@pytest.mark.rule("RUN-11", "SUB-7")
def test_why_a_charge_was_changed_and_deleted_is_asked_and_told(visitor: Visiting, people: People):
    account = people.account()
    charge = create_charge(NewCharge(account.pk, "Visit", Decimal(20), date(2026, 3, 1)))
    ada, edit, page = visitor(), at("charge", charge, "/edit"), at("charge", charge, "/payer")
    sent = {"description": "Visit", "amount": "12.5", "date": "2026-03-01", "who_pays": ""}
    assert ada.post(edit, {**sent, **ada.opened(edit), "reason": "Half a day only"}).status_code == 302
    told = ada.text(page)
    assert "amount: $20.00 → $12.50" in told
    assert "reason: Half a day only" in told
    long = ada.post(edit, {**sent, **ada.opened(edit), "amount": "13", "reason": "x" * 2001})
    assert "id_reason_error" in long.content.decode()
    assert ada.post(at("charge", charge, "/delete"), {"reason": "Was never done"}).status_code == 302
    listed = ada.text(at("account", account, "/adjustments"))
    assert "Mar 1, 2026 Visit $12.50" in listed
    assert f"{ada.user.email} Was never done" in listed
    other = ada.text(at("account", people.account(), "/adjustments"))
    assert "Was never done" not in other


@pytest.mark.rule("MON-1")
@pytest.mark.parametrize(
    ("currency", "amount", "filled"), [("USD", "12.5", "12.50"), ("JPY", "1200", "1200"), ("BHD", "0.5", "0.500")]
)
def test_a_form_fills_an_amount_in_with_the_decimals_of_its_currency(
    visitor: Visiting, people: People, currency: str, amount: str, filled: str
):
    account = people.account(currency=currency)
    charge = create_charge(NewCharge(account.pk, "Visit", Decimal(amount), date(2026, 3, 1)))
    Account.objects.filter(pk=account.pk).update(minimum_invoice_amount=Decimal(amount))
    ada = visitor()
    ada.post(at("account", account, "/edit"), {"configure": "1", "chosen": "minimum_invoice_amount"})
    for page in (at("charge", charge, "/edit"), at("account", account, "/edit")):
        assert f'value="{filled}"' in ada.get(page).content.decode(), page


@pytest.mark.rule("SUB-9")
def test_a_preview_shows_which_lines_go_and_come_and_the_difference(visitor: Visiting, people: People):
    """31.00 a unit and month; 3 of them from the first day on."""
    start = next_month(today())
    subscription = subscribed(people.account(), a_price("31"), start_date=start)
    ada, page = visitor(), at("subscription", subscription)
    previewed = ada.post(f"{page}/change", {**ada.opened(f"{page}/change"), **changed(subscription, start, "3")})
    assert "$31.00 Removed" in readable(previewed)
    assert "$93.00 New" in readable(previewed)
    assert "Now $31.00 After the change $93.00 Difference $62.00" in readable(previewed)


@pytest.mark.rule("SUB-7")
def test_a_charge_that_is_billed_is_not_offered_to_be_changed(visitor: Visiting, people: People):
    account = people.account()
    charge = create_charge(NewCharge(account.pk, "Visit", Decimal(20), date(2026, 3, 1)))
    ada, tab = visitor(), at("account", account, "/adjustments")
    edit = at("charge", charge, "/edit")
    assert edit in ada.get(tab).content.decode()
    Charge.objects.update(billed=True)
    assert edit not in ada.get(tab).content.decode()
    assert ada.post(at("charge", charge, "/delete"), {"sure": "yes"}).status_code == 409
