"""Relations changed in sets: a set does what its links do one after the other, and the database checks it whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.customers.actions.assign_responsible_account import assign_responsible_accounts
from banyan.customers.actions.move_customer import move_customers
from banyan.customers.actions.set_account_parents import set_account_parents
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Refusal
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation, open_edges
from banyan.relations.inputs import NewLink
from banyan.relations.queries import parent_accounts_on, parent_customers_on, responsible_accounts_on
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.queries import subscription_payers
from tests.business import account_of, subscribed
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People

Verb = Callable[[Sequence[NewLink]], list[Refusal | None]]
APRIL = date(2026, 4, 1)
LINKS = 60
UNRELATED = 7


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def rules(refusals: list[Refusal | None]) -> list[str | None]:
    return [refusal.rule if refusal else None for refusal in refusals]


def one_after_the_other(verb: Verb, links: Sequence[NewLink]) -> list[Refusal | None]:
    return [refusal for link in links for refusal in verb([link])]


def edges(relation: Relation) -> list[tuple[int, int, date, date | None]]:
    rows = relation.model._default_manager.values_list(relation.subject, relation.target, "during")
    return sorted((subject, target, during.lower, during.upper) for subject, target, during in rows)


def at_random(seed: int, ids: Sequence[int], with_children: bool) -> list[NewLink]:
    """Links among these, some without target, some with an end, some of nobody."""
    chance = Random(seed)
    links = []
    for _ in range(LINKS):
        day = NEW_YEAR + timedelta(days=chance.randrange(-2, 40))
        target = chance.choice([*ids, *ids, None, 10**9])
        until = day + timedelta(days=chance.randrange(20)) if target and chance.random() < 0.4 else None
        children = chance.choice(["move", "stay"]) if with_children else "move"
        links.append(NewLink(chance.choice([*ids, 10**9 + 1]), target, day, until, children))
    return links


@pytest.mark.rule("REL-1", "REL-2", "CHI-2", "BHI-2", "AHI-4")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("verb", "relation"),
    [
        (move_customers, CUSTOMER_PARENT),
        (set_account_parents, ACCOUNT_PARENT),
        (assign_responsible_accounts, RESPONSIBLE_ACCOUNT),
    ],
)
def test_a_set_does_what_its_links_do_one_after_the_other(
    people: People, verb: Verb, relation: Relation, seed: int
) -> None:
    customers = people.chain(UNRELATED) if seed % 2 else [people.customer() for _ in range(UNRELATED)]
    ids = [each.id if relation is CUSTOMER_PARENT else account_of(each).id for each in customers]
    links = at_random(seed, ids, relation is ACCOUNT_PARENT)
    with transaction.atomic():
        expected, refusals = rules(one_after_the_other(verb, links)), edges(relation)
        transaction.set_rollback(True)
    assert rules(verb(links)) == expected
    assert edges(relation) == refusals
    assert None in expected
    assert any(expected)


@pytest.mark.rule("BHI-2")
def test_a_link_is_checked_against_those_before_it(people: People) -> None:
    first, second, third = people.account(), people.account(), people.account()
    links = [NewLink(one.id, other.id, FEBRUARY) for one, other in ((first, second), (second, third), (third, second))]
    assert rules(assign_responsible_accounts(links)) == [None, "BHI-2", None]
    assert responsible_accounts_on([first.id, third.id], FEBRUARY) == {first.id: second.id, third.id: second.id}


@pytest.mark.rule("REL-1", "ACC-16")
def test_a_link_can_come_with_its_end_and_both_are_in_the_history(people: People) -> None:
    parent, child = people.account(), people.account()
    assert set_account_parents([NewLink(child.id, parent.id, FEBRUARY, MARCH)]) == [None]
    days = (NEW_YEAR, FEBRUARY, MARCH - timedelta(days=1), MARCH)
    assert [parent_accounts_on([child.id], day).get(child.id) for day in days] == [None, parent.id, parent.id, None]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    changes = [entry.changes for entry in HistoryEntry.objects.filter(subject_id=child.id).order_by("id")]
    assert [change for change in changes if "parent" in change] == [
        {"parent": [None, parent.id], "effective_date": [None, "2026-02-01"]},
        {"parent": [parent.id, None], "effective_date": [None, "2026-03-01"]},
    ]


@pytest.mark.rule("REL-1")
def test_a_link_that_would_end_before_it_begins_is_refused(people: People) -> None:
    parent, child = people.account(), people.account()
    assert rules(set_account_parents([NewLink(child.id, parent.id, MARCH, MARCH)])) == ["REL-1"]


@pytest.mark.rule("AHI-4")
def test_a_refused_link_leaves_the_children_where_they_are(people: People) -> None:
    parent, later = people.account(), people.account()
    child = people.account(parent)
    stay = NewLink(parent.id, later.id, FEBRUARY, children="stay")
    assert rules(set_account_parents([NewLink(later.id, parent.id, MARCH), stay])) == [None, "REL-2"]
    assert parent_accounts_on([child.id], FEBRUARY) == {child.id: parent.id}


@pytest.mark.rule("AHI-4", "ERR-1")
def test_of_a_refused_link_nothing_is_left_neither_of_what_ended_nor_of_what_began(people: People) -> None:
    old, parent = people.account(), people.account()
    set_account_parents([NewLink(parent.id, old.id, NEW_YEAR)])
    earlier, same_day = people.account(parent), people.account()
    set_account_parents([NewLink(same_day.id, parent.id, FEBRUARY)])
    before = edges(ACCOUNT_PARENT)
    below_itself = NewLink(parent.id, parent.id, FEBRUARY, children="stay")
    assert rules(set_account_parents([below_itself])) == ["REL-2"]
    assert edges(ACCOUNT_PARENT) == before
    again = NewLink(same_day.id, earlier.id, MARCH)
    assert rules(set_account_parents([below_itself, again])) == ["REL-2", None]
    assert edges(ACCOUNT_PARENT) == sorted(
        [
            (parent.id, old.id, NEW_YEAR, None),
            (earlier.id, parent.id, NEW_YEAR, None),
            (same_day.id, parent.id, FEBRUARY, MARCH),
            (same_day.id, earlier.id, MARCH, None),
        ]
    )


@pytest.mark.rule("REL-2", "CHI-2", "BHI-2", "REL-B")
def test_the_database_refuses_what_only_the_rows_of_one_statement_make_wrong_together(people: People) -> None:
    customers = [people.customer() for _ in range(11)]
    accounts = [account_of(customer).id for customer in customers]
    eleven_deep = [(below.id, above.id, FEBRUARY) for above, below in pairwise(customers)]
    circle = [(one, other, FEBRUARY) for one, other in zip(accounts, [*accounts[1:], accounts[0]], strict=True)]
    chain = [(accounts[0], accounts[1], FEBRUARY), (accounts[1], accounts[2], FEBRUARY)]
    for relation, links in ((CUSTOMER_PARENT, eleven_deep), (ACCOUNT_PARENT, circle), (RESPONSIBLE_ACCOUNT, chain)):
        with pytest.raises(IntegrityError), transaction.atomic():
            open_edges(relation, links)
        open_edges(relation, links[1:] if relation is RESPONSIBLE_ACCOUNT else links[:-1])


@pytest.mark.rule("REL-2", "REL-B")
def test_the_database_refuses_a_circle_of_accounts_on_the_days_that_all_of_it_holds(people: People) -> None:
    top, middle, low, side = (people.account().id for _ in range(4))
    open_edges(ACCOUNT_PARENT, [(middle, top, NEW_YEAR)])
    insert = "INSERT INTO relations_accountparent (account_id, parent_id, during) VALUES (%s, %s, %s), (%s, %s, %s)"
    both = [(top, low, "[2026-02-01,2026-03-01)", low, middle, day) for day in ("[2026-03-01,)", "[2026-02-28,)")]
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="above itself"), transaction.atomic():
            cursor.execute(insert, both[1])
        cursor.execute(insert, both[0])
        with pytest.raises(IntegrityError, match="above itself"), transaction.atomic():
            cursor.execute(insert, (side, low, "[2026-01-01,)", top, middle, "[2026-03-01,2026-04-01)"))
    assert parent_accounts_on([top, low], date(2026, 2, 28)) == {top: low}
    assert parent_accounts_on([top, low, middle], MARCH) == {low: middle, middle: top}


@pytest.mark.rule("WHO-1", "WHO-3")
def test_where_somebody_else_pays_each_move_of_a_set_brings_the_payer_along(people: People) -> None:
    first, second, child = people.customer(), people.customer(), people.customer()
    move_customers([NewLink(child.id, first.id, NEW_YEAR)])
    subscription = subscribed(account_of(child))
    choose_payer(subscription.id, WhoPaysChoice("parent"), NEW_YEAR)
    link = NewLink(child.id, second.id, FEBRUARY, APRIL)
    assert rules(move_customers([link, replace(link, subject=second.id, target=first.id)])) == [None, None]
    assert parent_customers_on([child.id, second.id], MARCH) == {child.id: second.id, second.id: first.id}
    payers = [subscription_payers([subscription.id], day).get(subscription.id) for day in (NEW_YEAR, FEBRUARY, APRIL)]
    assert [payer.account_id if payer else None for payer in payers] == [
        account_of(first).id,
        account_of(second).id,
        None,
    ]
