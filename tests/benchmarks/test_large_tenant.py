"""The large tenant of the benchmarks is one that could be: small, but of the same shape."""

import pytest
from django.db import connection

from banyan.accounts.models import Account
from banyan.foundation.tenants.queries import within_tenant
from banyan.relations.queries import accounts_below, customers_below, managed_accounts_on
from banyan.verification.queries import verify
from benchmarks import lookups
from benchmarks.large_tenant import CHAIN, START, LargeTenant, populate, populated


@pytest.fixture
def large(fresh_tenant: str) -> LargeTenant:
    return populate(2_000)


@pytest.mark.rule("PERF-5")
def test_every_invariant_holds_in_it_and_its_trees_are_as_told(large: LargeTenant) -> None:
    assert [finding for finding in verify() if not finding.holds] == []
    assert populated() == large
    assert Account.objects.count() == large.accounts
    assert len(accounts_below(large.first, START)) == managed_accounts_on(large.first, START).count() + 1 == large.huge
    assert len(accounts_below(large.big_root, START)) == large.big
    assert len(accounts_below(large.deepest - CHAIN + 1, START)) == CHAIN
    assert len(customers_below(large.first, START)) == large.big
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchone() == (0,)


@pytest.mark.rule("PERF-5", "PERF-6")
def test_every_question_about_it_is_answered_and_timed(
    large: LargeTenant, fresh_tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in lookups.questions_about(large):
        with within_tenant(fresh_tenant):
            question.ask()
    monkeypatch.setattr(lookups, "LEAST_TIMES", 2)
    monkeypatch.setattr(lookups, "SECONDS_EACH", 0)
    floor, move = lookups.measure_in(fresh_tenant, "move a customer")
    assert (floor.question.name, floor.ratio) == (lookups.FLOOR, 1)
    assert (len(move.clock), move.question.limit) == (2, lookups.MOST_MILLISECONDS_OF_A_MOVE)
    assert 0 < min(move.of_postgresql) < min(move.worked)
