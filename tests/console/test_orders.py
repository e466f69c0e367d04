"""Orders and subscriptions as lists, and the page of an order."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.console import tables
from banyan.customers.actions.change_account_status import change_account_status
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.inputs import NewCharge, NewItem, NewOrder
from banyan.subscriptions.models import Order, Subscription
from tests.business import a_price, an_account, subscribed
from tests.console.conftest import Visitor, readable

Visiting = Callable[..., Visitor]
pytestmark = pytest.mark.rule("CON-10", "SUB-1")


def an_order(account: Account, start: date | None = date(2026, 3, 1)) -> Order:
    return create_order(NewOrder(account.pk, (NewItem(a_price().pk, Decimal(3)),), start))


def at(order: Order, rest: str = "") -> str:
    return f"/orders/{encode_id('order', order.pk)}{rest}"


def test_an_order_is_looked_at_and_activated_after_it_was_asked(visitor: Visiting):
    ada, account = visitor(), an_account()
    order = an_order(account)
    page = ada.text(at(order))
    assert f"Order {order.number} Draft" in page
    assert "one, once it is activated" in page
    question = ada.text(at(order, "/activate"))
    assert "The account is subscribed from Mar 1, 2026 on to: 3 ×" in question
    assert not Subscription.objects.exists()
    ada.post(at(order, "/activate"))
    made = Subscription.objects.get()
    assert f"Order {order.number} Active" in ada.text(at(order))
    assert encode_id("subscription", made.pk) in ada.get(at(order)).content.decode()
    refused = ada.post(at(order, "/cancel"))
    assert (refused.status_code, "SUB-1" in readable(refused)) == (409, True)


@pytest.mark.rule("INV-8")
def test_before_an_order_is_activated_it_says_what_the_first_invoice_is_for(visitor: Visiting):
    ada, account = visitor(), an_account()
    question = ada.text(at(an_order(account, date(2027, 1, 1)), "/activate"))
    assert "The bill run of Jan 1, 2027, the first one for it, charges $30.00 , with tax:" in question
    assert "Jan 1, 2027 Jan 31, 2027 3 $30.00 $0.00 $30.00" in question
    assert not Subscription.objects.exists()
    later = create_order(
        NewOrder(account.pk, (NewItem(a_price(timing="in_arrears").pk, Decimal(3)),), date(2027, 1, 1))
    )
    assert "charges nothing yet" in ada.text(at(later, "/activate"))


def test_an_order_that_can_not_be_activated_says_so_before(visitor: Visiting):
    ada, account = visitor(), an_account()
    order = an_order(account)
    change_account_status(account.pk, "inactive", today(), "Closed")
    question = ada.get(at(order, "/activate"))
    assert (question.status_code, "inactive" in readable(question)) == (200, True)


def test_an_order_is_cancelled_and_deleted(visitor: Visiting):
    ada = visitor()
    order = an_order(an_account(), None)
    assert "when it is activated" in ada.text(at(order))
    ada.post(at(order, "/cancel"))
    assert "Cancelled" in ada.text(at(order))
    assert "This can't be undone" in ada.text(at(order, "/delete")).replace("&#x27;", "'")
    ada.post(at(order, "/delete"))
    assert not Order.objects.exists()


def test_lists_are_found_by_number_account_and_status(visitor: Visiting):
    ada, acme, birch = visitor(), an_account("Acme"), an_account("Birch")
    order = an_order(acme)
    served, later = subscribed(acme), subscribed(birch, start_date=date(2027, 1, 1))
    assert order.number in ada.text("/orders?q=acme&status=draft")
    assert order.number not in ada.text("/orders?status=active")
    assert "Nothing found" in ada.text("/orders?q=birch&status=draft")
    assert '<span class="status-badge is-blue">Pending</span>' in ada.get("/subscriptions").content.decode()
    assert served.number in ada.text("/subscriptions?status=active")
    assert later.number not in ada.text("/subscriptions?status=active")
    assert later.number in ada.text("/subscriptions?status=pending")
    assert "Nothing found" in ada.text("/subscriptions?status=ended")


@pytest.mark.rule("ORG-3")
def test_what_is_elsewhere_is_not_there_and_a_viewer_only_looks(visitor: Visiting):
    order = an_order(an_account())
    elsewhere = visitor(Role.MANAGER, create_organization("North", "NORTH"))
    assert elsewhere.get(at(order)).status_code == 404
    assert "No orders" in elsewhere.text("/orders")
    viewer = visitor(Role.VIEWER)
    assert "Activate" not in viewer.text(at(order))
    assert viewer.post(at(order, "/activate")).status_code == 403


@pytest.mark.rule("CON-3")
def test_tabs_of_an_account_are_in_pages_and_each_row_leads_to_its_page(
    visitor: Visiting, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tables, "ROWS_OF_A_PAGE", 2)
    ada, account = visitor(), an_account()
    address = f"/accounts/{encode_id('account', account.pk)}"
    made = [subscribed(account) for _ in range(3)]
    assert made[0].number not in ada.text(f"{address}/services")
    assert made[0].number in ada.text(f"{address}/services?page=2")
    for kind, path, tab in (("subscription", "subscriptions", "services"), ("order", "orders", "orders")):
        row = Order.objects.get(subscription=made[2]) if kind == "order" else made[2]
        assert f'href="/{path}/{encode_id(kind, row.pk)}"' in ada.get(f"{address}/{tab}").content.decode()
    charge = create_charge(
        NewCharge(account=account.pk, amount=Decimal(5), description="Set-up", date=date(2026, 2, 1))
    )
    page = ada.get(f"{address}/adjustments").content.decode()
    assert f'href="/charges/{encode_id("charge", charge.pk)}/payer"' in page
    assert "Not yet" in page
