"""Trees as they are drawn on a day."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.customers import trees
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.preview_move import preview_customer_parent
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.trees import (
    Node,
    TreeView,
    days_of_change_of_account,
    days_of_change_of_customer,
    tree_of_customers,
    tree_with_account,
    tree_with_customer,
)
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.subscriptions.inputs import WhoPaysChoice
from tests.billruns.running import run_for
from tests.business import account_of, subscribed
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("CON-6")]


@pytest.fixture
def people() -> People:
    return People()


def node_of(tree: TreeView, number: int) -> Node:
    return next(node for node in tree.nodes if node.id == number)


def test_the_whole_tree_is_drawn_whoever_of_it_is_asked_for(people: People) -> None:
    root = people.account()
    middle = people.account(root)
    leaf = people.account(middle)
    for asked in (root, leaf):
        tree = tree_with_account(asked.id, NEW_YEAR)
        assert [(node.id, node.parent) for node in tree.nodes] == [
            (root.id, None),
            (middle.id, root.id),
            (leaf.id, middle.id),
        ]


def test_a_node_tells_what_it_owes_its_status_and_who_is_invoiced_for_it(people: People) -> None:
    root = people.account()
    leaf = people.account(root)
    subscribed(leaf)
    run_for(people.cycle, NEW_YEAR)
    assign_responsible_account(leaf.id, root.id, FEBRUARY)
    before, after = (node_of(tree_with_account(root.id, day), leaf.id) for day in (NEW_YEAR, FEBRUARY))
    assert (before.balances, before.status) == ({"USD": Decimal(10)}, "active")
    assert (before.payers, after.payers) == ({leaf.id: 1}, {root.id: 1})


def test_a_customer_has_several_payers_each_for_some_of_its_subscriptions(people: People) -> None:
    root, middle, leaf = people.chain(3)
    account = account_of(leaf)
    for mode in ("eldest_ancestor", "parent", "parent", "customer_separate"):
        subscribed(account, who_pays=WhoPaysChoice(mode))
    tree = tree_with_customer(middle.id, NEW_YEAR)
    assert node_of(tree, leaf.id).payers == {root.id: 1, middle.id: 2, leaf.id: 1}
    assert tree.payers[root.id] == (root.number, root.name)


def test_days_on_which_something_changes_are_marked(people: People) -> None:
    root = people.account()
    leaf, late = people.account(), people.account()
    set_account_parent(leaf.id, root.id, FEBRUARY)
    set_account_parent(late.id, leaf.id, MARCH)
    assign_responsible_account(leaf.id, root.id, date(2026, 2, 15))
    assert days_of_change_of_account(root.id, NEW_YEAR) == [FEBRUARY, date(2026, 2, 15), MARCH]
    top, below = people.chain(2)
    subscribed(account_of(below), who_pays=WhoPaysChoice("parent"), start_date=date(2026, 1, 10))
    detach_customer(below.id, MARCH)
    assert days_of_change_of_customer(top.id, NEW_YEAR) == [NEW_YEAR, date(2026, 1, 10), MARCH]


@pytest.mark.rule("ORG-3")
def test_who_is_not_reached_is_not_drawn_and_as_a_payer_has_no_name(people: People) -> None:
    north = create_organization("North", "N")
    root = people.account()
    leaf = people.account(root, root, organization=north.pk)
    with scoped_to(AccessScope(roles={north.pk: Role.VIEWER})):
        tree = tree_with_account(leaf.id, NEW_YEAR)
        days = days_of_change_of_account(leaf.id, NEW_YEAR)
    assert [(node.id, node.parent, node.payers) for node in tree.nodes] == [(leaf.id, None, {None: 0})]
    assert (tree.payers, days, tree.size) == ({}, [NEW_YEAR], 1)


def test_a_tree_that_is_too_large_is_drawn_from_the_one_asked_for_down(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = people.account()
    middle = people.account(root)
    leaves = [people.account(middle) for _ in range(3)]
    monkeypatch.setattr(trees, "MOST_DRAWN", 2)
    tree = tree_with_account(middle.id, NEW_YEAR)
    assert [node.id for node in tree.nodes] == [middle.id, leaves[0].id]
    assert tree.size == 4


def test_a_larger_tree_takes_no_more_queries(people: People) -> None:
    def queries(customer: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            tree_with_customer(customer, NEW_YEAR)
        return len(asked)

    root, leaf = people.chain(2)
    subscribed(account_of(leaf), who_pays=WhoPaysChoice("parent"))
    few = queries(root.id)
    for _ in range(5):
        subscribed(account_of(people.customer(leaf)), who_pays=WhoPaysChoice("parent"))
    assert queries(root.id) == few


@pytest.mark.rule("REL-3")
def test_a_preview_shows_the_tree_before_and_after(people: People) -> None:
    old, moved = people.chain(2)
    new = people.customer()
    subscribed(account_of(moved), who_pays=WhoPaysChoice("parent"))

    def look() -> TreeView:
        return tree_of_customers([old.id, moved.id, new.id], FEBRUARY)

    before, after = preview_customer_parent(moved.id, new.id, FEBRUARY, look).trees
    assert [node_of(tree, moved.id).parent for tree in (before, after)] == [old.id, new.id]
    assert [node_of(tree, moved.id).payers for tree in (before, after)] == [{old.id: 1}, {new.id: 1}]
    assert node_of(look(), moved.id).parent == old.id
