"""What is done to subscriptions and charges on their pages (SUB-7, SUB-8, SUB-9), each after what follows was shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from banyan.accounts.today import today
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge
from banyan.subscriptions.models import Charge, ItemTerms, SubscriptionItem
from tests.business import a_price, subscribed
from tests.console.test_subscription_pages import Visiting, at, confirmed
from tests.relations.people import People

pytestmark = pytest.mark.rule("SUB-9")


@pytest.fixture
def people(tenant: str) -> People:
    return People()


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
    assert "Visit" not in ada.text(listed)


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
