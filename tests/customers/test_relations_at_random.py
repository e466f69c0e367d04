"""Any changes of relations, on several connections at once: always what a simple model allows (REL-1, REL-2)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from banyan.customers.actions.assign_responsible_account import assign_responsible_accounts
from banyan.customers.actions.move_customer import move_customers
from banyan.customers.actions.set_account_parents import set_account_parents
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Refusal
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.inputs import NewLink
from tests.customers.model_of_relations import (
    DAYS,
    Table,
    a_day_that_is_too_early,
    customers_rule,
    in_some_order,
    payers_rule,
    tree_rule,
)
from tests.relations.people import People

AT_ONCE = 3
FEW, DEEP, EVERYBODY = range(5), range(7, 13), range(13)
KINDS = {
    "customer": (CUSTOMER_PARENT, move_customers, customers_rule),
    "account": (ACCOUNT_PARENT, set_account_parents, tree_rule),
    "payer": (RESPONSIBLE_ACCOUNT, assign_responsible_accounts, payers_rule),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one kind of relation between people by their places in the list."""

    kind: str
    subject: int
    target: int | None
    day: int
    lasts: int | None
    children: str

    def link(self, ids: Sequence[int]) -> NewLink:
        day, until = a_day_that_is_too_early(), None
        if self.day >= 0:
            day, *later = DAYS[self.day :]
            until = later[self.lasts - 1] if self.lasts is not None and self.lasts <= len(later) else None
        target = None if self.target is None else ids[self.target]
        until = None if target is None else until
        return NewLink(ids[self.subject], target, day, until, self.children if self.kind == "account" else "move")


def changes(people: range, *kinds: str) -> st.SearchStrategy[Change]:
    return st.builds(
        Change,
        kind=st.sampled_from(kinds or list(KINDS)),
        subject=st.sampled_from(people),
        target=st.sampled_from([*people, None]),
        day=st.sampled_from([0, 1, 2, 3, 4, 1, 2, -1]),
        lasts=st.sampled_from([None, 1, 2]),
        children=st.sampled_from(["move", "stay"]),
    )


@dataclass(frozen=True)
class Connections:
    """Several connections to a tenant, each in a thread of its own."""

    tenant: str
    pool: ThreadPoolExecutor

    def at_once(self, verbs: Sequence[tuple[Any, NewLink]]) -> list[str | None]:
        """Make each change on a connection of its own, all at the same time; the rules they were refused by."""
        start = Barrier(len(verbs))

        def make(verb: tuple[Any, NewLink]) -> str | None:
            action, link = verb
            with within_tenant(self.tenant):
                start.wait()
                try:
                    (refusal,) = action([link])
                except Refusal as refused:
                    return refused.rule
                return refusal.rule if refusal else None

        return list(self.pool.map(make, verbs))


@contextmanager
def connections_to(tenant: str) -> Iterator[Connections]:
    together = Barrier(AT_ONCE)

    def close(_: int) -> None:
        together.wait()
        connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield Connections(tenant, pool)
        list(pool.map(close, range(AT_ONCE)))


def stored(relation: Relation) -> list[dict[int, int]]:
    """Who is linked to whom on each day, as the database has it; never to two."""
    found = []
    for day in DAYS:
        pairs = list(
            relation.model._default_manager.filter(during__contains=day).values_list(relation.subject, relation.target)
        )
        assert len(pairs) == len(dict(pairs)), "two relations on one day"
        found.append(dict(pairs))
    return found


class Relations(RuleBasedStateMachine):
    """The database and the model, changed alike."""

    def __init__(self, at: Connections, customers: Sequence[int], accounts: Sequence[int]) -> None:
        super().__init__()
        self.at = at
        self.ids = {"customer": customers, "account": accounts, "payer": accounts}
        self.tables = {kind: Table(breaks) for kind, (_, _, breaks) in KINDS.items()}
        with connection.cursor() as cursor:
            for relation, _, _ in KINDS.values():
                cursor.execute(f"DELETE FROM {relation.table}")

    @initialize(length=st.sampled_from([0, 9, 10]))
    def begin_with_a_line(self, length: int) -> None:
        line = self.ids["customer"][:length]
        links = [NewLink(below, above, DAYS[0]) for above, below in pairwise(line)]
        assert set(move_customers(links)) <= {None}
        assert {self.tables["customer"].change(link) for link in links} <= {None}

    @rule(made=st.lists(changes(EVERYBODY), min_size=1, max_size=AT_ONCE))
    def change_anybody(self, made: list[Change]) -> None:
        self.make(made)

    @rule(made=st.lists(changes(FEW), min_size=2, max_size=AT_ONCE))
    def change_a_few_who_meet_often(self, made: list[Change]) -> None:
        self.make(made)

    @rule(made=st.lists(changes(DEEP, "customer"), min_size=1, max_size=AT_ONCE))
    def change_the_end_of_the_line(self, made: list[Change]) -> None:
        self.make(made)

    def make(self, made: list[Change]) -> None:
        """What the database has afterwards came about in some order of the changes, with the same refusals."""
        links = [(change.kind, change.link(self.ids[change.kind])) for change in made]
        rules = self.at.at_once([(KINDS[kind][1], link) for kind, link in links])
        for kind, (relation, _, _) in KINDS.items():
            done = [(link, rule) for (of, link), rule in zip(links, rules, strict=True) if of == kind]
            now = stored(relation)
            possible = [table for table in in_some_order(self.tables[kind], done) if table.targets() == now]
            assert possible, (kind, done, self.tables[kind].targets(), now)
            self.tables[kind] = possible[0]


@pytest.mark.rule("REL-1", "REL-2", "CHI-1", "CHI-2", "AHI-4", "BHI-2", "REL-B")
def test_any_changes_at_once_leave_what_some_order_of_them_leaves(fresh_tenant: str) -> None:
    people = People()
    customers = [people.customer() for _ in EVERYBODY]
    ids = [customer.id for customer in customers]
    accounts = [customer.accounts.get().id for customer in customers]
    with connections_to(fresh_tenant) as at:
        run_state_machine_as_test(
            lambda: Relations(at, ids, accounts),
            settings=settings(
                max_examples=20,
                stateful_step_count=15,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
