"""The account hierarchy: parents, trees, candidates (AHI-*)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.models import Account
from banyan.accounts.searching import first
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.open_accounts import open_account, open_accounts
from banyan.customers.actions.remove_account_parent import remove_account_parent
from banyan.customers.actions.set_account_parents import set_account_parent, set_account_parents
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations import candidates
from banyan.relations.candidates import account_parent_candidates, responsible_account_candidates
from banyan.relations.edges import ACCOUNT_PARENT, HeldEdges, open_edges
from banyan.relations.inputs import AccountPlacement, NewLink
from banyan.relations.models import AccountParent
from banyan.relations.queries import account_roots, account_tree, parent_accounts_on
from tests.business import a_bill_cycle, account_of
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def refused(*arguments: Any, **named: Any) -> str | None:
    with pytest.raises(Refusal) as refusal:
        set_account_parent(*arguments, **named)
    return refusal.value.rule


@pytest.mark.rule("AHI-1", "REL-1")
def test_a_tree_has_its_root_first_and_depth_counted_from_it(people: People) -> None:
    root = people.account()
    middle = people.account(root)
    leaf = people.account(middle)
    rows = account_tree(root.id, NEW_YEAR)
    assert [(row.account, row.parent, row.depth) for row in rows] == [
        (root.id, None, 0),
        (middle.id, root.id, 1),
        (leaf.id, middle.id, 2),
    ]
    assert account_roots([root.id, leaf.id], NEW_YEAR) == {root.id: root.id, leaf.id: root.id}
    assert [row.account for row in account_tree(root.id, date(2025, 12, 31))] == [root.id]


@pytest.mark.rule("PERF-5")
def test_edges_are_read_by_whom_they_are_about_even_while_nobody_has_counted_them(people: People) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE relations_accountparent")  # what other tests let PostgreSQL count is forgotten, too
    with CaptureQueriesContext(connection) as queries:
        HeldEdges(ACCOUNT_PARENT, FEBRUARY).hold(range(2_000))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries.captured_queries[0]['sql'].replace('%', '%%')}")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "relations_accountparent_account_id" in plan
    assert "on_any_day" not in plan


@pytest.mark.rule("REL-1")
def test_a_change_on_a_day_ends_the_old_parent_there_and_keeps_the_past(people: People) -> None:
    first, second = people.account(), people.account()
    child = people.account(first)
    set_account_parent(child.id, second.id, FEBRUARY)
    remove_account_parent(child.id, MARCH)
    parents = [parent_accounts_on([child.id], day).get(child.id) for day in (NEW_YEAR, FEBRUARY, MARCH)]
    assert parents == [first.id, second.id, None]
    set_account_parent(child.id, first.id, FEBRUARY)
    assert parent_accounts_on([child.id], date(2026, 1, 31))[child.id] == first.id
    assert parent_accounts_on([child.id], date(2030, 1, 1))[child.id] == first.id
    assert AccountParent.objects.filter(account=child).count() == 2


@pytest.mark.rule("REL-1")
def test_nothing_is_linked_before_it_starts_and_the_same_parent_again_changes_nothing(people: People) -> None:
    parent = people.account()
    child = people.account(parent)
    assert refused(child.id, parent.id, date(2025, 12, 31)) == "REL-1"
    set_account_parent(child.id, parent.id, FEBRUARY)
    assert [edge.during.lower for edge in AccountParent.objects.filter(account=child)] == [NEW_YEAR]


@pytest.mark.rule("REL-2", "AHI-2")
def test_an_account_is_never_above_itself(people: People) -> None:
    root = people.account()
    leaf = people.account(people.account(root))
    assert refused(root.id, leaf.id, FEBRUARY) == "REL-2"
    assert refused(root.id, root.id, FEBRUARY) == "REL-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        open_edges(ACCOUNT_PARENT, [(root.id, leaf.id, FEBRUARY)])


@pytest.mark.rule("REL-2")
def test_a_cycle_that_would_begin_only_later_is_refused_today(people: People) -> None:
    first, second = people.account(), people.account()
    set_account_parent(first.id, second.id, MARCH)
    assert refused(second.id, first.id, FEBRUARY) == "REL-2"


@pytest.mark.rule("AHI-1", "AHI-2", "AHI-3", "OWN-3")
def test_who_can_be_a_parent(people: People) -> None:
    child = people.account()
    closed, slow = people.account(), people.account()
    other_cycle = people.account(bill_cycle=a_bill_cycle().id)
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    foreign = people.account(owner=owner.id)
    change_account_status(closed.id, "inactive")
    change_account_status(slow.id, "suspended")
    below = people.account(child)
    assert account_parent_candidates(child, FEBRUARY) == [slow, other_cycle]
    assert account_parent_candidates(child, FEBRUARY, q=slow.number) == [slow]
    assert refused(child.id, closed.id) == "AHI-2"
    assert refused(child.id, foreign.id) == "OWN-3"
    assert refused(child.id, 10**9) is None
    change_settings({"require_same_bill_cycle_for_account_hierarchy": True})
    assert account_parent_candidates(child, FEBRUARY) == [slow]
    assert refused(child.id, other_cycle.id) == "AHI-3"
    change_settings({"enable_account_hierarchy_management": False})
    assert refused(child.id, slow.id) == "AHI-1"
    remove_account_parent(below.id)


@pytest.mark.rule("AHI-2")
def test_candidates_behind_a_long_tree_are_found_a_few_at_a_time(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first, "NEAR", 2)
    root = people.account()
    child = people.account(root)
    below = [people.account(child) for _ in range(4)]
    others = [people.account() for _ in range(3)]
    assert account_parent_candidates(child, FEBRUARY) == [root, *others]
    assert account_parent_candidates(root, FEBRUARY, limit=2) == others[:2]
    assert account_parent_candidates(below[0], FEBRUARY, limit=3) == [root, child, below[1]]
    assert account_parent_candidates(root, FEBRUARY, q="company", limit=3) == others


@pytest.mark.rule("AHI-2", "PERF-5")
@pytest.mark.parametrize("large", [2, 10**6])
@pytest.mark.parametrize("typed", ["", "company"])
def test_candidates_of_an_account_with_a_large_tree_are_the_first_outside_of_it_or_the_last(
    people: People, monkeypatch: pytest.MonkeyPatch, large: int, typed: str
) -> None:
    monkeypatch.setattr(candidates, "LARGE_TREE", large)
    first = people.account()
    root = people.account()
    child = people.account(root)
    below = [people.account(child) for _ in range(6)]
    others = [people.account() for _ in range(4)]
    middle = people.account(below[0])
    everybody = [first, root, child, *below, *others, middle]
    for limit in (1, 2, 3, 5, 100):
        for moved, tree in ((root, {root, child, *below, middle}), (child, {child, *below, middle}), (first, {first})):
            outside = [one for one in everybody if one not in tree]
            found = account_parent_candidates(moved, FEBRUARY, q=typed, limit=limit)
            assert found == sorted(found, key=lambda one: one.number)
            assert set(found) <= set(outside)
            assert len(found) == min(limit, len(outside))
            if large > len(tree) or limit == 1:
                assert found == outside[:limit]
    assert account_parent_candidates(root, FEBRUARY, typed, 3) == (others[1:] if large == 2 else [first, *others[:2]])


@pytest.mark.rule("AHI-4")
def test_a_subtree_moves_along_or_stays_with_the_old_parent(people: People) -> None:
    old, new = people.account(), people.account()
    moving = people.account(old)
    child = people.account(moving)
    set_account_parent(moving.id, new.id, FEBRUARY)
    assert account_roots([child.id], FEBRUARY) == {child.id: new.id}
    set_account_parent(moving.id, old.id, MARCH, children="stay")
    assert parent_accounts_on([moving.id, child.id], MARCH) == {moving.id: old.id, child.id: new.id}
    assert parent_accounts_on([child.id], FEBRUARY) == {child.id: moving.id}
    assert refused(moving.id, new.id, MARCH, children="some") == "AHI-4"


@pytest.mark.rule("AHI-4", "REL-2")
def test_children_do_not_stay_where_they_would_close_a_circle_later_and_only_that_link_is_refused(
    people: People,
) -> None:
    old, new = people.account(), people.account()
    moving = people.account(old)
    child, other = people.account(moving), people.account()
    set_account_parent(moving.id, new.id, MARCH)
    set_account_parent(old.id, child.id, MARCH)
    for target in (other, child):
        refusal, nothing = set_account_parents(
            [NewLink(moving.id, target.id, FEBRUARY, children="stay"), NewLink(other.id, new.id, FEBRUARY)]
        )
        assert refusal
        assert [problem.field for problem in refusal.problems] == ["children"]
        assert (refusal.rule, nothing) == ("REL-2", None)
    assert parent_accounts_on([moving.id, child.id, other.id], FEBRUARY) == {
        moving.id: old.id,
        child.id: moving.id,
        other.id: new.id,
    }
    set_account_parent(child.id, other.id, MARCH)
    set_account_parent(moving.id, other.id, FEBRUARY, children="stay")
    assert parent_accounts_on([child.id, old.id], FEBRUARY) == {child.id: old.id}


@pytest.mark.rule("AHI-4")
def test_an_account_can_go_below_its_own_child_when_the_children_stay(people: People) -> None:
    parent = people.account()
    child = people.account(parent)
    set_account_parent(parent.id, child.id, FEBRUARY, children="stay")
    assert parent_accounts_on([parent.id, child.id], FEBRUARY) == {parent.id: child.id}


def test_removing_a_parent_that_is_not_there_is_a_conflict(people: People) -> None:
    with pytest.raises(Refusal) as refusal:
        remove_account_parent(people.account().id)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.rule("ERR-1")
def test_accounts_open_in_their_places_and_the_others_are_refused(people: People) -> None:
    boss = people.account()
    managed = people.account(responsible=boss)
    customer = boss.customer_id
    new = people.new_account(customer=customer)
    results = open_accounts(
        [
            AccountPlacement(account=new, parent=boss.id, responsible_account=boss.id),
            AccountPlacement(account=new, parent=10**9),
            AccountPlacement(account=new, responsible_account=managed.id),
            AccountPlacement(
                account=people.new_account(customer=customer, currency="EUR"), responsible_account=boss.id
            ),
            AccountPlacement(account=people.new_account(customer=10**9, currency="XXQ"), parent=10**9),
        ]
    )
    rules = [result.rule if isinstance(result, Refusal) else None for result in results]
    assert rules == [None, None, "BHI-2", "BHI-2", "ACC-4"]
    fields = [problem.field for problem in results[4].problems] if isinstance(results[4], Refusal) else []
    assert fields == ["customer", "currency", "parent"]
    assert isinstance(results[0], Account)
    assert parent_accounts_on([results[0].id], NEW_YEAR) == {results[0].id: boss.id}
    assert Account.objects.count() == 3


@pytest.mark.rule("AHI-2", "CHI-3", "ORG-3")
@pytest.mark.parametrize("large", [1, 10**6])
def test_while_nothing_is_typed_accounts_of_the_customer_and_its_older_relatives_come_first(
    people: People, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(candidates, "LARGE_TREE", large)
    strangers = [people.account() for _ in range(3)]
    eldest, parent, own = people.chain(3)
    first, second = open_account(AccountPlacement(account=people.new_account(customer=own.id))), account_of(own)
    below = people.account(second)
    relatives = sorted((account_of(eldest), account_of(parent), first), key=lambda one: one.number)
    assert account_parent_candidates(second, FEBRUARY, limit=4) == [*relatives, strangers[0]]
    assert account_parent_candidates(second, FEBRUARY, limit=2) == relatives[:2]
    assert account_parent_candidates(second, FEBRUARY) == [*relatives, *strangers]
    assert account_parent_candidates(second, FEBRUARY, q="company") == [*strangers, *relatives]
    assert responsible_account_candidates(second, FEBRUARY, limit=4) == [*relatives, strangers[0]]
    set_account_parent(account_of(parent).id, below.id, FEBRUARY)
    outside = [one for one in relatives if one != account_of(parent)]
    assert account_parent_candidates(second, FEBRUARY) == [*outside, *strangers]
    assert account_parent_candidates(second, NEW_YEAR)[:3] == relatives
