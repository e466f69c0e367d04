"""Account hierarchies have no limit in depth (AHI-1): what is checked does not grow with the square of it."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account
from banyan.relations.account_parents import link_account_parents
from banyan.relations.inputs import NewLink
from banyan.relations.models import AccountParent
from banyan.verification.checks.relations import RELATIONS, from_roots
from banyan.verification.queries import verify
from tests.billruns.running import without_guards
from tests.relations.people import NEW_YEAR, People

Link = tuple[int, int, date, date | None]
"""Account, parent, first day, end."""
BROKEN_BY_A_CYCLE = "account_hierarchy_has_no_cycle"


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def many_accounts(people: People, count: int) -> list[int]:
    """So many accounts of one customer, made in one statement."""
    first = people.account()
    columns = [
        field.column
        for field in Account._meta.concrete_fields
        if field.column not in ("id", "number", "is_default", "is_primary")
    ]
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_account ({named}, number, is_default, is_primary)"
            f" SELECT {named}, 'DEEP-' || n, false, false FROM accounts_account, generate_series(1, %s) AS n"
            " WHERE id = %s RETURNING id",
            [count, first.id],
        )
        return [row[0] for row in cursor.fetchall()]


def stored(links: Sequence[Link]) -> None:
    """Past the verbs, all in one statement, as an import does; the guard of the database looks at them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO relations_accountparent (account_id, parent_id, during)"
            " SELECT account, parent, daterange(first, last)"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) AS link(account, parent, first, last)",
            [list(column) for column in zip(*links, strict=True)],
        )


@contextmanager
def refused_as_a_cycle() -> Iterator[None]:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    assert refused.value.__cause__ is not None
    assert refused.value.__cause__.diag.constraint_name == BROKEN_BY_A_CYCLE  # type: ignore[attr-defined]


@pytest.mark.rule("AHI-1", "REL-2")
def test_linking_takes_no_more_queries_the_deeper_it_is(people: People) -> None:
    chain = many_accounts(people, 304)
    assert link_account_parents([NewLink(low, high, NEW_YEAR) for high, low in pairwise(chain[:302])]) == [None] * 301
    asked = []
    for low, high in ((chain[302], chain[1]), (chain[303], chain[301])):
        with CaptureQueriesContext(connection) as queries:
            assert link_account_parents([NewLink(low, high, NEW_YEAR)]) == [None]
        asked.append(len(queries))
    assert asked[0] == asked[1] < 15


@pytest.mark.rule("AHI-1", "REL-2", "REL-C")
def test_a_chain_is_verified_in_as_many_steps_as_it_has_accounts(people: People) -> None:
    chain = many_accounts(people, 1200)
    stored([(low, high, NEW_YEAR, None) for high, low in pairwise(chain)])
    with connection.cursor() as cursor:
        cursor.execute(f"{from_roots('relations_accountparent', 'account_id')} SELECT count(*) FROM way")
        # from the top down to each, and, before New Year, each but the last by itself
        assert cursor.fetchone() == (1200 + 1198,)
    assert [finding.shown for finding in verify(RELATIONS) if not finding.holds] == []


@pytest.mark.rule("REL-2", "REL-C")
def test_verification_names_what_is_in_a_cycle_and_not_what_is_below_it(people: People) -> None:
    one, two, three, below, other, above = many_accounts(people, 6)
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    with without_guards("relations_accountparent"):
        stored(
            [
                (one, two, NEW_YEAR, None), (two, three, NEW_YEAR, april), (three, one, march, None),
                (below, one, NEW_YEAR, None), (other, above, NEW_YEAR, march), (above, other, march, None),
            ]
        )  # fmt: skip
    found = {finding.check.says: finding.shown for finding in verify(RELATIONS) if not finding.holds}
    in_the_cycle = tuple(f"account {each} is above itself" for each in sorted([one, two, three]))
    assert found == {"the account hierarchy has no cycle": in_the_cycle}


@pytest.mark.rule("REL-2", "REL-B")
def test_the_database_refuses_a_set_of_edges_that_closes_a_cycle_on_some_day_only(people: People) -> None:
    chain = many_accounts(people, 31)
    march, april, may = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
    links: list[Link] = [(low, high, NEW_YEAR, None) for high, low in pairwise(chain)]
    with refused_as_a_cycle():
        stored([*links, (chain[0], chain[-1], april, may)])
    until_march: list[Link] = [(low, high, NEW_YEAR, march) for high, low in pairwise(chain)]
    with refused_as_a_cycle():
        stored([*until_march, (chain[0], chain[-1], march - timedelta(days=1), None)])
    stored([*until_march, (chain[0], chain[-1], march, None)])
    assert AccountParent.objects.count() == 31


@pytest.mark.rule("REL-2", "REL-B")
def test_a_few_edges_that_close_a_cycle_far_above_are_refused(people: People) -> None:
    chain = many_accounts(people, 300)
    stored([(low, high, NEW_YEAR, None) for high, low in pairwise(chain)])
    with refused_as_a_cycle():
        stored([(chain[0], chain[-1], date(2027, 1, 1), None)])


@pytest.mark.rule("REL-2", "REL-B")
@pytest.mark.parametrize("seed", range(12))
def test_of_any_set_of_edges_the_database_refuses_those_that_close_a_cycle_on_a_day(people: People, seed: int) -> None:
    chance = random.Random(seed)
    accounts = many_accounts(people, 40)
    days = [date(2026, month, 1) for month in range(1, 7)]
    links: list[Link] = []
    for place, account in enumerate(accounts):
        first, last = sorted(chance.sample(days, 2))
        parent = chance.choice(accounts[:place]) if place and chance.random() < 0.93 else chance.choice(accounts)
        if parent != account:
            links.append((account, parent, first, last if chance.random() < 0.7 else None))
    if any(closes_a_cycle(links, day) for day in days):
        with refused_as_a_cycle():
            stored(links)
    else:
        stored(links)


def closes_a_cycle(links: Sequence[Link], day: date) -> bool:
    """Followed up from each account on that day, more steps than there are accounts."""
    parents = {account: parent for account, parent, first, last in links if first <= day and (not last or day < last)}
    for account in parents:
        steps, at = 0, account
        while at in parents and steps <= len(parents):
            steps, at = steps + 1, parents[at]
        if steps > len(parents):
            return True
    return False
