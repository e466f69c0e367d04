"""Several connections at once: the hierarchies stay right on every day (REL-2, CHI-2, BHI-2)."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from banyan.accounts.models import Account, Customer
from banyan.accounts.queries import accounts
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.open_customers import open_customer
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.update_customer import update_customer
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Refusal
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.models import ResponsibleAccount
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import WhoPays
from tests.business import account_of, create_account, subscribed
from tests.relations.people import NEW_YEAR, People

CONNECTIONS = 4
CHANGES = 20
DAYS = [NEW_YEAR + timedelta(days=30 * month) for month in range(6)]


def at_once(tenant: str, work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do each piece of work on a connection of its own, all at the same time; a refusal is a result."""

    def do(piece: Callable[[], Any]) -> Any:
        try:
            with within_tenant(tenant):
                return piece()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(do, work))


def rule_broken_by(change: Callable[[int, int, date], None], subject: int, target: int, day: date) -> str | None:
    """Make the change; the rule for which it was refused, if it was."""
    try:
        change(subject, target, day)
    except Refusal as refusal:
        return refusal.rule
    return None


def changes_at_random(change: Callable[[int, int, date], None], ids: Sequence[int], seed: int) -> Callable[[], int]:
    """So many changes between random rows on random days; how many were not refused."""

    def work() -> int:
        chance, done = random.Random(seed), 0
        for _ in range(CHANGES):
            subject, target = chance.sample(list(ids), 2)
            rule = rule_broken_by(change, subject, target, chance.choice(DAYS))
            assert rule in {None, "REL-2", "CHI-2", "BHI-2"}
            done += rule is None
        return done

    return work


def targets_on(relation: Relation, day: date) -> dict[int, int]:
    edges = relation.model._default_manager.filter(during__contains=day)
    pairs = list(edges.values_list(relation.subject, relation.target))
    assert len(pairs) == len(dict(pairs)), "two relations on one day"
    return dict(pairs)


def depth_of(start: int, parents: dict[int, int]) -> int:
    """How many there are from `start` to its root; fails on a cycle."""
    seen = [start]
    while seen[-1] in parents:
        assert parents[seen[-1]] not in seen, "a cycle"
        seen.append(parents[seen[-1]])
    return len(seen)


@pytest.mark.rule("REL-1", "REL-2", "CHI-1", "CHI-2")
def test_customers_moved_at_once_never_make_a_cycle_or_an_eleventh_level(fresh_tenant: str) -> None:
    people = People()
    customers = [*people.chain(9), *people.chain(4), *people.chain(2)]
    ids = [customer.id for customer in customers]
    done = at_once(fresh_tenant, [changes_at_random(move_customer, ids, seed) for seed in range(CONNECTIONS)])
    assert sum(done) > CONNECTIONS
    for day in DAYS:
        parents = targets_on(CUSTOMER_PARENT, day)
        assert max(depth_of(customer, parents) for customer in ids) <= 10


@pytest.mark.rule("REL-1", "REL-2", "BHI-2")
def test_accounts_linked_at_once_never_make_a_cycle_or_a_chain(fresh_tenant: str) -> None:
    people = People()
    ids = [people.account().id for _ in range(8)]
    verbs = (set_account_parent, assign_responsible_account)
    done = at_once(
        fresh_tenant, [changes_at_random(verb, ids, seed) for verb in verbs for seed in range(CONNECTIONS // 2)]
    )
    assert sum(done) > CONNECTIONS
    for day in DAYS:
        parents = targets_on(ACCOUNT_PARENT, day)
        assert all(depth_of(account, parents) >= 1 for account in ids)
        responsible = targets_on(RESPONSIBLE_ACCOUNT, day)
        assert not responsible.keys() & set(responsible.values())
    marked = Account.objects.extra(where=["managed_without_end"])
    open_links = ResponsibleAccount.objects.filter(during__upper_inf=True)
    assert set(marked.values_list("id", flat=True)) == set(open_links.values_list("account", flat=True))


@pytest.mark.rule("REL-2")
def test_of_two_moves_that_together_make_a_cycle_one_is_refused(fresh_tenant: str) -> None:
    people = People()
    for _ in range(3):
        first, second = people.customer().id, people.customer().id
        results = at_once(
            fresh_tenant,
            [
                lambda first=first, second=second: move_customer(first, second, NEW_YEAR),
                lambda first=first, second=second: move_customer(second, first, NEW_YEAR),
            ],
        )
        refusals = [result.rule for result in results if isinstance(result, Refusal)]
        assert refusals == ["REL-2"]


@pytest.mark.rule("ACC-1", "CUS-2", "REL-B")
def test_one_number_given_on_several_connections_is_taken_once(fresh_tenant: str) -> None:
    people = People()
    new = people.placement({"number": "ONLY-ONE"})
    results = at_once(fresh_tenant, [lambda: open_customer(new)] * CONNECTIONS)
    assert len([result for result in results if isinstance(result, Customer)]) == 1
    assert {result.rule for result in results if isinstance(result, Refusal)} == {"ACC-1"}


@pytest.mark.rule("CUS-6", "ORG-5", "REL-B")
def test_default_accounts_opened_at_once_leave_one_default_account(fresh_tenant: str) -> None:
    people = People()
    customer = people.customer()
    new = people.new_account(customer=customer.id, is_default=True, is_primary=True)
    results = at_once(fresh_tenant, [lambda: create_account(new)] * CONNECTIONS)
    assert all(isinstance(result, Account) for result in results)
    assert Account.objects.filter(customer=customer, is_default=True).count() == 1
    assert Account.objects.filter(is_primary=True).count() == 1


@pytest.mark.rule("API-4", "PERF-5")
def test_accounts_opened_while_their_customer_is_renamed_are_found_by_its_last_name(fresh_tenant: str) -> None:
    people = People()
    customer = people.customer()
    new = people.new_account(customer=customer.id)

    def rename() -> None:
        for number in range(4):
            update_customer(customer.id, {"company_name": f"Renamed{number}"})

    def open_one() -> None:
        for _ in range(3):
            create_account(new)

    results = at_once(fresh_tenant, [rename, *[open_one] * (CONNECTIONS - 1)])
    assert results == [None] * CONNECTIONS
    assert set(accounts("renamed3")) == set(Account.objects.filter(customer=customer))


@pytest.mark.rule("WHO-1", "REL-1")
def test_payers_are_chosen_while_their_customers_move_and_nobody_waits_for_the_other_forever(fresh_tenant: str) -> None:
    people = People()
    first, second, child = people.customer(), people.customer(), people.customer()
    move_customer(child.pk, first.pk, NEW_YEAR)
    ids = [subscribed(account_of(child), who_pays=WhoPaysChoice("parent")).pk for _ in range(3)]

    def move(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(CHANGES):
            move_customer(child.pk, chance.choice([first, second]).pk, chance.choice(DAYS))

    def choose(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(CHANGES):
            choice = chance.choice([None, WhoPaysChoice("parent"), WhoPaysChoice("customer_separate")])
            choose_payer(chance.choice(ids), choice, chance.choice(DAYS))

    work = [partial(verb, seed) for seed in range(2) for verb in (move, choose)]
    assert at_once(fresh_tenant, work) == [None] * len(work)
    parents = targets_on(CUSTOMER_PARENT, DAYS[-1])
    for held in WhoPays.objects.filter(during__contains=DAYS[-1], mode="parent").select_related("group"):
        assert held.group
        assert held.group.payer_id == parents[child.pk]
