"""Subscriptions, groups and contracts (CON-10): made, changed and ended, each after what follows was shown."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse

from banyan.accounts.actions.save_custom_field import create_custom_field
from banyan.accounts.models import Account, Customer
from banyan.accounts.today import today
from banyan.contracts.actions.create_contract import create_contract
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.relations.queries import customer_ancestors
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payers
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.remove_member import remove_member
from banyan.subscriptions.inputs import ItemChange, NewGroup, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import Order, Subscription, SubscriptionGroup
from banyan.subscriptions.queries import payer_of
from tests.business import a_price, account_of, subscribed
from tests.console.conftest import Visitor, readable
from tests.relations.people import MARCH, People

pytestmark = pytest.mark.rule("CON-10")
Visiting = Callable[..., Visitor]


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def at(kind: str, row: Any, rest: str = "") -> str:
    return f"/{kind.replace('_', '-')}s/{encode_id(kind, row.pk)}{rest}"


def confirmed(visitor: Visitor, address: str, sent: dict[str, Any]) -> tuple[str, HttpResponse]:
    """What the preview says, and the answer once it is confirmed."""
    previewed = visitor.post(address, sent)
    assert previewed.status_code == 200, readable(previewed)
    token = re.search(r'name="confirmed" value="(\w+)"', previewed.content.decode())
    assert token
    return readable(previewed), visitor.post(address, {**sent, "confirmed": token[1]})


def filled_in(**given: Any) -> dict[str, Any]:
    return {
        "whose": "existing",
        "items.quantity": "3",
        "start_date": "2026-01-01",
        "anchor": "cycle",
        "who_pays": "",
        **given,
    }


def test_an_account_subscribes_and_the_one_who_pays_is_named_for_every_choice(visitor: Visiting, people: People):
    root, middle, leaf = people.chain(3)
    account = account_of(leaf)
    ada = visitor()
    page = ada.text(f"/subscriptions/new?account={account.pk}&start_date=2026-01-01")
    assert f"Its parent The invoice goes to {middle.name} ({account_of(middle).number})." in page
    assert f"Its eldest ancestor The invoice goes to {root.name} ({account_of(root).number})." in page
    assert f"{root.name}, by name The invoice goes to {root.name}" in page
    sent = filled_in(account=account.pk, who_pays="parent", **{"items.price": a_price().pk})
    answer = ada.post("/subscriptions/new", sent)
    made = Subscription.objects.get(account=account)
    assert answer["Location"] == at("subscription", made)
    assert made.items.get().quantity == Decimal(3)
    assert payer_of(account.pk, made.pk, date(2026, 1, 1)).account_id == account_of(middle).pk
    assert f"Invoiced to {middle.name}" in ada.text(at("subscription", made))


@pytest.mark.rule("SUB-1")
def test_what_is_filled_in_is_saved_as_a_draft_order_and_subscribes_nobody(visitor: Visiting, people: People):
    _, leaf = people.chain(2)
    ada, account = visitor(), account_of(leaf)
    assert "Save as draft order" in ada.text(f"/subscriptions/new?account={account.pk}")
    sent = filled_in(account=account.pk, who_pays="parent", draft="yes", **{"items.price": a_price().pk})
    answer = ada.post("/subscriptions/new", sent)
    order = Order.objects.get()
    assert answer["Location"] == at("order", order)
    assert (order.status, order.account_id, order.items.get().quantity) == ("draft", account.pk, Decimal(3))
    assert not Subscription.objects.exists()
    refused = ada.post("/subscriptions/new", sent | {"items.quantity": "-1"})
    assert (refused.status_code, Order.objects.count()) == (422, 1)


def test_a_new_customer_subscribes_below_a_parent_that_pays(visitor: Visiting, people: People):
    parent = people.customer()
    new = {
        "whose": "new",
        "company_name": "Birch Ltd",
        "primary_email": "ap@birch.example",
        "account.currency": "USD",
        "account.bill_cycle": people.cycle.pk,
        "parent": parent.pk,
    }
    ada = visitor()
    query = "&".join(f"{name}={value}" for name, value in new.items())
    page = ada.text(f"/subscriptions/new?{query}&start_date=2026-01-01")
    assert f"Its parent The invoice goes to {parent.name}" in page
    assert not Customer.objects.filter(company_name="Birch Ltd").exists()
    ada.post("/subscriptions/new", filled_in(**new, who_pays="parent", **{"items.price": a_price().pk}))
    birch = Customer.objects.get(company_name="Birch Ltd")
    assert customer_ancestors(birch.pk, date(2026, 1, 1)) == [parent.pk]
    made = Subscription.objects.get(account=account_of(birch))
    assert payer_of(made.account_id, made.pk, date(2026, 1, 1)).account_id == account_of(parent).pk


def test_in_a_group_its_payer_pays_as_the_form_says_and_what_contradicts_it_cannot_be_chosen(
    visitor: Visiting, people: People
):
    root, middle, leaf = people.chain(3)
    group, account, ada = create_group(NewGroup(root.pk, "Northern sites")), account_of(leaf), visitor()
    page = ada.text(f"/subscriptions/new?account={account.pk}&group={group.pk}&start_date=2026-01-01")
    promised = f"The invoice goes to {root.name} ({account_of(root).number}), with the group Northern sites."
    assert f"By default {promised}" in page
    assert f"Its eldest ancestor {promised}" in page
    assert "Its parent Not possible: the group is on its payer" in page
    assert f"The invoice goes to {middle.name}" not in page
    looks = filled_in(account=account.pk, who_pays="parent", looks="1")
    assert f"Its parent The invoice goes to {middle.name}" in readable(ada.post("/subscriptions/new", looks))
    changed = ada.post("/subscriptions/new", looks | {"group": group.pk})
    assert (changed.status_code, promised in readable(changed)) == (200, True)
    assert re.search(
        r'name="who_pays" value="" checked', changed.content.decode()
    )  # the parent can't be chosen any more
    assert not Subscription.objects.exists()
    ada.post("/subscriptions/new", filled_in(account=account.pk, group=group.pk, **{"items.price": a_price().pk}))
    made = Subscription.objects.get()
    assert payer_of(account.pk, made.pk, date(2026, 1, 1)).account_id == account_of(root).pk


def test_a_new_customer_is_promised_the_number_that_its_account_gets(visitor: Visiting, people: People):
    new = {
        "whose": "new",
        "company_name": "Birch Ltd",
        "primary_email": "ap@birch.example",
        "account.currency": "USD",
        "account.bill_cycle": people.cycle.pk,
    }
    ada = visitor()
    shown = {
        re.search(r"The invoice goes to Birch Ltd \((A-\d+)\)", readable(ada.post("/subscriptions/new", each)))[1]  # type: ignore[index]
        for each in [filled_in(**new, looks="1")] * 3
    }
    ada.post("/subscriptions/new", filled_in(**new, **{"items.price": a_price().pk}))
    assert shown == {Subscription.objects.get().account.number}


@pytest.mark.rule("SUB-1")
def test_only_prices_in_the_currency_of_the_account_are_on_offer(visitor: Visiting, people: People):
    dollars, euros = a_price(), a_price(currency="EUR")
    ada, account = visitor(), people.account()

    def offered(sent: dict[str, Any]) -> set[str]:
        page = ada.post("/subscriptions/new", filled_in(looks="1", **sent)).content.decode()
        return set(re.findall(r'<option value="(\d+)"', page.split('id="what"')[1].split("<template>")[0]))

    assert offered({}) == set()
    assert "Choose an account to see the prices." in ada.text("/subscriptions/new")
    assert offered({"account": account.pk}) == {str(dollars.pk)}
    assert offered({"whose": "new", "account.currency": "EUR"}) == {str(euros.pk)}
    looks = filled_in(looks="1", whose="new", **{"account.currency": "CHF", "items.quantity": ["3", "5"]})
    told = ada.post("/subscriptions/new", looks | {"items.price": ["", ""]})
    assert "There is no price in CHF yet" in readable(told)
    assert re.findall(r'name="items.quantity" value="(\d+)"', told.content.decode())[:2] == ["3", "5"]  # as typed


@pytest.mark.rule("ACC-3", "GRP-3", "WHO-4")
def test_accounts_and_groups_on_offer_are_those_that_fit(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    group, other = create_group(NewGroup(root.pk, "Northern sites")), people.account()
    suspended = people.account()
    Account.objects.filter(pk=suspended.pk).update(status="suspended")
    ada = visitor()

    def accounts(query: str = "") -> set[int]:
        return {int(one["value"]) for one in ada.get(f"/look-up/subscribers?{query}").json()}

    def groups(query: str) -> set[int]:
        found = {int(one["value"]) for one in ada.get(f"/look-up/subscription-groups?{query}").json()}
        return found & {group.pk}

    everyone = {account_of(root).pk, account_of(leaf).pk, other.pk}
    assert accounts("start_date=2026-01-01") == everyone
    assert accounts(f"group={group.pk}&start_date=2026-01-01") == {account_of(root).pk, account_of(leaf).pk}
    assert groups(f"whose=existing&account={account_of(leaf).pk}&start_date=2026-01-01") == {group.pk}
    assert groups(f"whose=existing&account={other.pk}&start_date=2026-01-01") == set()
    assert groups(f"whose=new&parent={leaf.pk}&currency=USD&start_date=2026-01-01") == {group.pk}
    assert groups(f"whose=new&parent={leaf.pk}&currency=EUR&start_date=2026-01-01") == set()
    assert groups("whose=new&currency=USD") == set()


def test_a_new_customer_may_be_a_person_and_is_asked_what_the_tenant_requires(visitor: Visiting, people: People):
    create_custom_field({"subject": "customer", "key": "since", "label": "Since", "type": "date", "required": True})
    create_custom_field({"subject": "account", "key": "site", "label": "Site", "required": True})
    create_custom_field({"subject": "account", "key": "floor", "label": "Floor"})
    new = {
        "whose": "new",
        "kind": "person",
        "primary_email": "ada@birch.example",
        "account.currency": "USD",
        "account.bill_cycle": people.cycle.pk,
        "items.price": a_price().pk,
    }
    ada = visitor()
    page = ada.text("/subscriptions/new?whose=new")
    assert "Since" in page
    assert "Floor" not in page
    told = readable(ada.post("/subscriptions/new", filled_in(**new, first_name="Ada")))
    assert told.count("This field is required.") == 1
    new |= {"first_name": "Ada", "last_name": "Byron"}
    told = readable(ada.post("/subscriptions/new", filled_in(**new)))
    assert told.count("(FLD-1)") >= 2
    held = {"custom_fields.since": "2026-02-28", "account.custom_fields.site": "Oslo"}
    ada.post("/subscriptions/new", filled_in(**new, **held))
    made = Customer.objects.get(kind="person")
    assert (made.name, made.custom_fields) == ("Ada Byron", {"since": "2026-02-28"})
    assert account_of(made).custom_fields == {"site": "Oslo"}


def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_made(visitor: Visiting, people: People):
    ada, price = visitor(), a_price(currency="EUR")
    nothing = ada.post("/subscriptions/new", {})
    assert nothing.status_code == 422
    assert "Choose at least one price." in readable(nothing)
    new = {"whose": "new", "company_name": "Birch Ltd", "primary_email": "ap@birch.example"}
    new |= {"account.currency": "USD", "account.bill_cycle": str(people.cycle.pk)}
    refused = ada.post("/subscriptions/new", filled_in(**new, **{"items.price": price.pk}))
    assert refused.status_code == 422
    assert "EUR" in readable(refused)
    account = people.account()
    for sent, told in (
        ({"account": 999_999}, "There is no such account."),
        ({"account": account.pk, "items.quantity": "many"}, "is not a quantity"),
        ({"account": account.pk, "items.price": "x"}, "Choose one of the prices."),
        ({"account": account.pk, "who_pays": "a bank"}, "Choose one of these."),
        ({"account": account.pk, "start_date": "soon"}, "Enter a valid date."),
        ({"account": account.pk, "who_pays": "parent"}, "no parent"),
    ):
        answer = ada.post("/subscriptions/new", filled_in(**{"items.price": a_price().pk, **sent}))
        assert (answer.status_code, told in readable(answer)) == (422, True), told
    assert not Subscription.objects.exists()
    assert not Customer.objects.filter(company_name="Birch Ltd").exists()


def test_a_change_shows_the_next_invoice_before_it_is_made(visitor: Visiting, people: People):
    subscription = subscribed(people.account(), start_date=today())
    item = subscription.items.get()
    sent = {"date": str(today()), f"item.{item.pk}.quantity": "4", f"item.{item.pk}.price": item.price_id}
    ada, address = visitor(), at("subscription", subscription, "/change")
    told, answer = confirmed(ada, address, sent)
    assert "instead of" in told
    assert answer["Location"] == at("subscription", subscription)
    assert item.later_terms.get().quantity == Decimal(4)
    refused = ada.post(address, {**sent, "date": "2020-01-01"})
    assert (refused.status_code, "SUB-5" in readable(refused)) == (422, True)
    refused = ada.post(address, {**sent, f"item.{item.pk}.quantity": "-1"})
    assert (refused.status_code, "SUB" in readable(refused)) == (422, True)


def test_what_was_looked_at_and_nothing_else_is_confirmed(visitor: Visiting, people: People):
    subscription = subscribed(people.account(), start_date=today())
    ada, address = visitor(), at("subscription", subscription, "/cancel")
    previewed = ada.post(address, {"date": str(today()), "prorate": "on"})
    token = re.search(r'name="confirmed" value="(\w+)"', previewed.content.decode())
    assert token
    later = date(today().year + 1, 1, 1)
    again = ada.post(address, {"date": str(later), "prorate": "on", "confirmed": token[1]})
    assert "What follows" in readable(again)
    subscription.refresh_from_db()
    assert subscription.end_date is None
    _, answer = confirmed(ada, address, {"date": str(later), "prorate": "on"})
    subscription.refresh_from_db()
    assert (answer.status_code, subscription.ends_before) == (302, later)


def test_a_payer_is_chosen_and_named_before(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf))
    told, _ = confirmed(visitor(), at("subscription", subscription, "/payer"), {"who_pays": "parent"})
    assert f"the invoice goes to {root.name} ({account_of(root).number}) instead of {leaf.name}" in told
    assert payer_of(subscription.account_id, subscription.pk, today()).account_id == account_of(root).pk


def test_a_group_is_made_filled_emptied_renamed_and_deleted(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    subscription, other = subscribed(account_of(leaf)), subscribed(people.account())
    ada = visitor()
    ada.post("/subscription-groups/new", {"payer": root.pk, "name": "Northern sites"})
    group = SubscriptionGroup.objects.get(name="Northern sites")
    choices = ada.get(at("subscription_group", group, "/members/candidates")).json()
    assert [each["value"] for each in choices] == [str(subscription.pk)]
    refused = ada.post(at("subscription_group", group, "/members/add"), {"subscription": other.pk})
    assert (refused.status_code, "GRP-3" in readable(refused)) == (422, True)
    told, _ = confirmed(ada, at("subscription_group", group, "/members/add"), {"subscription": subscription.pk})
    assert f"it is in the group Northern sites , and the invoice goes to {root.name}" in told
    assert subscription.number in ada.text(at("subscription_group", group))
    for address in ("/subscriptions", at("account", account_of(leaf), "/services")):
        assert f"{account_of(root).number} Northern sites Active" in ada.text(address)
    full = ada.post(at("subscription_group", group, "/delete"))
    assert (full.status_code, "GRP-3" in readable(full)) == (409, True)
    ada.post(at("subscription_group", group, "/rename"), {"name": "Sites"})
    assert "Sites" in ada.text("/subscription-groups?q=sit")
    removal = at("subscription_group", group, f"/members/{encode_id('subscription', subscription.pk)}/remove")
    told, _ = confirmed(ada, removal, {"effective_date": str(subscription.start_date)})
    assert "it is not in the group Sites any more" in told
    assert ada.post(at("subscription_group", group, "/delete"))["Location"] == "/subscription-groups"
    assert not SubscriptionGroup.objects.filter(pk=group.pk).exists()


def test_a_contract_is_made_and_terminated_with_what_is_under_it(visitor: Visiting, people: People):
    account = people.account()
    ada = visitor()
    sent = {"account": account.pk, "name": "Frame", "start_date": "2026-01-01", "notice_days": "30"}
    wrong = ada.post("/contracts/new", {**sent, "end_date": "2025-01-01"})
    assert (wrong.status_code, "CTR-1" in readable(wrong)) == (422, True)
    ada.post("/contracts/new", sent)
    contract = account.contracts.get()
    subscription = subscribed(account, contract=contract.pk)
    assert "Frame" in ada.text("/contracts?q=fra")
    assert subscription.number in ada.text(at("contract", contract))
    told, _ = confirmed(ada, at("contract", contract, "/terminate"), {"date": "2026-06-01", "reason": "moved"})
    assert "1 subscription ends with it" in told
    subscription.refresh_from_db()
    assert subscription.end_date == date(2026, 5, 31)
    assert "Terminated Jun 1, 2026: moved" in ada.text(at("contract", contract))


@pytest.mark.rule("ORG-3")
def test_pages_show_and_do_only_what_the_role_allows(visitor: Visiting, people: People):
    north = create_organization("North", "N")
    here, elsewhere = people.account(organization=north.pk), people.account()
    mine, theirs = subscribed(here), subscribed(elsewhere)
    contract = create_contract({"account": elsewhere.pk, "start_date": date(2026, 1, 1)})
    group = create_group(NewGroup(elsewhere.customer_id, "South"))
    viewer, operator = visitor(Role.VIEWER, north), visitor(Role.OPERATOR, north)
    assert viewer.get(at("subscription", mine)).status_code == 200
    assert viewer.get(at("subscription", mine, "/cancel")).status_code == 403
    assert operator.get(at("subscription", mine, "/cancel")).status_code == 200
    assert operator.get(at("subscription", mine, "/payer")).status_code == 403
    for address in (at("subscription", theirs), at("contract", contract), at("subscription_group", group)):
        assert viewer.get(address).status_code == 404
    assert "South" not in viewer.text("/subscription-groups")
    assert contract.number not in viewer.text("/contracts")
    sent = filled_in(account=elsewhere.pk, **{"items.price": a_price().pk})
    refused = operator.post("/subscriptions/new", sent)
    assert (refused.status_code, "There is no such account." in readable(refused)) == (422, True)


@pytest.mark.rule("ORG-3", "WHO-1")
def test_nobody_is_let_pay_by_a_form_who_is_out_of_the_visitors_reach(visitor: Visiting, people: People):
    """Of three customers the middle one is North's; the parent of it is not, and is neither named nor made to pay."""
    north = create_organization("North", "N")
    office = people.customer()
    site = people.customer(office, organization=north.pk)
    shop = people.customer(site, organization=north.pk)
    account, manager = account_of(site), visitor(Role.MANAGER, north)
    page = manager.text(f"/subscriptions/new?account={account.pk}&start_date=2026-01-01")
    assert "Not possible: mode parent leads to a payer that does not exist or is outside of what you may act on" in page
    assert office.name not in page
    sent = filled_in(account=account.pk, **{"items.price": a_price().pk})
    refused = manager.post("/subscriptions/new", {**sent, "who_pays": "parent"})
    assert (refused.status_code, "outside of what you may act on" in readable(refused)) == (422, True)
    assert office.name not in readable(refused)
    assert manager.post("/subscriptions/new", {**sent, "who_pays": "customer_separate"}).status_code == 302
    made = subscribed(account_of(shop), who_pays=WhoPaysChoice("parent"))
    refused = manager.post(at("subscription", made, "/payer"), {"who_pays": "eldest_ancestor"})
    assert refused.status_code == 422
    assert office.name not in readable(refused)
    assert Subscription.objects.filter(who_pays__group__payer=office).count() == 0


def test_members_are_those_of_today_and_later(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    group = create_group(NewGroup(root.pk, "Sites"))
    subscription = subscribed(account_of(leaf), who_pays=WhoPaysChoice("parent"))
    add_member(group.pk, subscription.pk, date(2026, 1, 1))
    page = visitor().text(at("subscription_group", group))
    assert f"{subscription.number}" in page
    assert f"Paid by {root.number} {root.name}" in page


@pytest.mark.rule("ACC-16", "WHO-1", "GRP-3", "ORG-3")
def test_the_history_of_a_subscription_and_of_its_group_is_told_in_words(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf), who_pays=WhoPaysChoice("customer_separate"))
    group = create_group(NewGroup(root.pk, "Together"))
    item = subscription.items.get()
    change_subscription(subscription.pk, MARCH, [ItemChange(item.pk, Decimal(3))])
    add_member(group.pk, subscription.pk, MARCH)
    ada = visitor()
    page = ada.text(at("subscription", subscription))
    assert f"who pays: the customer, on an invoice of its own: {leaf}" in page
    assert f"→ a named ancestor: {root}, in the group Together" in page
    assert re.search(r"item: 1 × Product .* → 3 × Product ", page)
    assert "effective date: Mar 1, 2026" in page
    assert f"joined: {subscription.number}" in ada.text(at("subscription_group", group))
    remove_member(group.pk, subscription.pk, MARCH)
    assert f"left: {subscription.number}" in ada.text(at("subscription_group", group))
    delete_group(group.pk)
    assert f"in the group {encode_id('subscription_group', group.pk)}" in ada.text(at("subscription", subscription))


@pytest.mark.rule("ACC-16", "GRP-3")
def test_of_many_who_join_a_group_at_once_the_first_are_named_and_the_others_counted(visitor: Visiting, people: People):
    root, leaf = people.chain(2)
    some = [subscribed(account_of(leaf)) for _ in range(12)]
    choose_payers([NewPayer(one.pk, WhoPaysChoice("parent"), MARCH) for one in some])
    named = ", ".join(one.number for one in some[:10])
    group = SubscriptionGroup.objects.get(payer=root)
    assert f"joined: {named} and 2 more" in visitor().text(at("subscription_group", group))
