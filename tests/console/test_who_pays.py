"""Who pays? (CON-7), and what a move means for it, in words (REL-3)."""

import html
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.invoices.models import InvoiceLine
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.subscriptions.actions.create_charges import create_charges
from banyan.subscriptions.inputs import NewCharge, WhoPaysChoice
from tests.billruns.running import run_for
from tests.business import account_of, subscribed
from tests.console.conftest import Visitor, readable
from tests.relations.people import FEBRUARY, NEW_YEAR, People

pytestmark = pytest.mark.rule("CON-7", "WHO-6")
Visiting = Callable[..., Visitor]


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def test_the_payer_of_a_subscription_is_named_with_each_step(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    office = people.account()
    subscription = subscribed(account_of(leaf), who_pays=WhoPaysChoice("parent"))
    assign_responsible_account(account_of(root).id, office.id, FEBRUARY)
    ada = visitor()
    page = ada.text(f"/who-pays?subscription={subscription.pk}&on=2026-02-01")
    paying = f"{root.name} ({account_of(root).number})"
    assert f"is invoiced to {office.name} ({office.number}) ." in page
    assert f"is paid by {paying}. WHO-1" in page
    assert f"{office.name} ({office.number}) is responsible for {paying} on Feb 1, 2026" in page
    assert f"is invoiced to {paying} ." in ada.text(f"/who-pays?subscription={subscription.pk}&on=2026-01-31")


def test_an_account_that_nobody_pays_for_pays_itself(visitor: Visiting, people: People):
    account = people.account()
    page = visitor().text(f"/who-pays?account={account.pk}&on=2026-01-01")
    assert f"is invoiced to {account.name} ({account.number}) , its own account. " in page
    assert "pays for itself" in page


def test_an_account_tells_for_each_subscription_who_pays_and_then_for_all_else(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    account = account_of(leaf)
    paid = subscribed(account, who_pays=WhoPaysChoice("parent"))
    own = subscribed(account)
    ended = subscribed(account, end_date=date(2026, 1, 31))
    page = visitor().text(f"/who-pays?account={account.pk}&on=2026-02-01")
    itself, parent = f"{leaf.name} ({account.number})", f"{root.name} ({account_of(root).number})"
    told = page[page.index("Invoiced to Because") :]
    assert told.startswith(f"Invoiced to Because {paid.number} {parent} ")
    assert f"{own.number} {itself} {itself} pays for itself" in told
    assert f"Everything else One-time charges and credits {itself} {itself} pays for itself" in told
    assert ended.number not in told


def test_what_does_not_fit_is_told_beside_the_field(visitor: Visiting, people: People):
    account, subscription = people.account(), subscribed(people.account())
    ada = visitor()
    for asked, told in (
        (f"account={account.pk}&subscription={subscription.pk}", "is a subscription of another account"),
        ("account=999999", "There is no such account"),
        ("account=x&on=today", "Enter a valid date"),
    ):
        answer = ada.get(f"/who-pays?{asked}")
        assert (answer.status_code, told in readable(answer)) == (422, True)
    assert "Whom do you ask for?" in ada.text("/who-pays")


def test_who_is_out_of_reach_is_not_named(visitor: Visiting, people: People):
    north = create_organization("North", "N")
    root = people.account()
    leaf = people.account(responsible=root, organization=north.pk)
    page = visitor(Role.VIEWER, north).text(f"/who-pays?account={leaf.pk}&on=2026-01-01")
    assert "is invoiced to another account ." in page
    assert root.number not in page


def test_a_charge_and_a_line_of_an_invoice_tell_who_pays_and_paid(visitor: Visiting, people: People):
    root = people.account()
    leaf = people.account(responsible=root)
    (charge,) = create_charges([NewCharge(leaf.id, "Delivery", Decimal(5), NEW_YEAR)])
    run_for(people.cycle, NEW_YEAR)
    line = InvoiceLine.objects.get(charge_id=charge.pk)
    ada = visitor()
    page = ada.text(f"/charges/{encode_id('charge', charge.pk)}/payer")
    assert f"“Delivery” of {leaf.name} is invoiced to {root.name} ({root.number})" in page
    address = f"/invoices/{encode_id('invoice', line.invoice_id)}/lines/{encode_id('invoice_line', line.pk)}/payer"
    assert f"“Delivery” was invoiced to {root.name} ({root.number})" in ada.text(address)
    assert ada.get(f"/invoices/{encode_id('invoice', line.invoice_id)}/lines/lin_999999/payer").status_code == 404


@pytest.mark.rule("REL-3", "CON-6")
def test_a_move_is_previewed_in_numbers_words_and_a_picture(visitor: Visiting, people: People):
    old, moved = people.chain(2)
    new = people.customer()
    subscription = subscribed(account_of(moved), who_pays=WhoPaysChoice("parent"))
    subscribed(account_of(moved))
    address = f"/customers/{encode_id('customer', moved.pk)}/parent"
    answer = visitor().post(address, {"parent": new.pk, "effective_date": "2026-02-01"})
    page = readable(answer)
    assert f"is below {new}, at level 2." in page
    assert "The payer changes for 1 subscription and stays the same for 1." in page
    names = {each: f"{each.name} ({account_of(each).number})" for each in (old, new)}
    assert f"{subscription.number} {names[old]} {names[new]} The subscription of" in page
    drawn = re.search(r'data-picture="([^"]*)"', answer.content.decode())
    assert drawn
    picture = json.loads(html.unescape(drawn[1]))
    parents = [
        node["parent"]
        for state in ("before", "after")
        for node in picture[state]["nodes"]
        if node["id"] == encode_id("customer", moved.pk)
    ]
    assert parents == [encode_id("customer", old.pk), encode_id("customer", new.pk)]
