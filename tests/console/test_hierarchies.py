"""Hierarchy pictures (CON-6), as the browser gets them and as a table."""

import json
from collections.abc import Callable

import pytest

from banyan.console.drawing import as_json, as_rows
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.trees import tree_with_account, tree_with_customer
from banyan.kernel.ids import encode_id
from banyan.subscriptions.inputs import WhoPaysChoice
from tests.business import account_of, subscribed
from tests.console.conftest import Visitor
from tests.relations.people import FEBRUARY, NEW_YEAR, People

pytestmark = pytest.mark.rule("CON-6")


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def test_the_browser_gets_the_tree_of_the_day(visitor: Callable[..., Visitor], people: People):
    root = people.account()
    leaf = people.account(root)
    assign_responsible_account(leaf.id, root.id, FEBRUARY)
    root_id, leaf_id = encode_id("account", root.id), encode_id("account", leaf.id)
    ada = visitor()
    for day, payer in (("2026-01-31", leaf_id), ("2026-02-01", root_id)):
        picture = json.loads(ada.get(f"/accounts/{leaf_id}/hierarchy/picture?on={day}").content)
        assert picture["on"] == day
        node = picture["nodes"][1]
        assert (node["number"], node["parent"], node["payers"]) == (leaf.number, root_id, [[payer, 0]])


def test_the_table_tells_levels_and_payers_in_words(visitor: Callable[..., Visitor], people: People):
    root, leaf = people.chain(2)
    subscribed(account_of(leaf), who_pays=WhoPaysChoice("parent"))
    subscribed(account_of(leaf), who_pays=WhoPaysChoice("customer_separate"))
    page = visitor().text(f"/customers/{encode_id('customer', leaf.id)}/hierarchy?as=table&on=2026-01-01")
    told = f"{root.name} ({root.number}) for 1 of 2 subscriptions, itself for 1 of 2 subscriptions"
    assert f"{leaf.name} {leaf.number} 2 Active – {told}" in page


def test_rows_come_below_what_they_belong_to_by_number(people: People):
    root = people.account(number="R")
    people.account(people.account(root, number="B"), number="B-1")
    people.account(root, number="A")
    picture = tree_with_account(root.id, NEW_YEAR)
    rows = [(row.node.number, row.level) for row in as_rows(picture, "account")]
    assert rows == [("R", 1), ("A", 2), ("B", 2), ("B-1", 3)]
    assert [node["number"] for node in as_json(picture, "account")["nodes"]] == ["R", "A", "B", "B-1"]


def test_what_is_no_day_is_today(visitor: Callable[..., Visitor], people: People):
    customer = people.customer()
    address = f"/customers/{encode_id('customer', customer.id)}/hierarchy"
    ada = visitor()
    for day in ("", "yesterday", "2026-02-30", "%00"):
        assert ada.get(f"{address}?on={day}").status_code == 200
    assert tree_with_customer(customer.id, NEW_YEAR).size == 1
