"""What keeps bill runs fast can be counted: statements, accounts a batch, tables that are read as a whole.

How fast they are: `make bench`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account, BillCycle
from banyan.billruns import certificate
from banyan.billruns import run as steps
from banyan.billruns.ending import finish
from benchmarks.population import populate
from tests.billruns.running import FEBRUARY, JANUARY, begun, completed, execute, run_for
from tests.business import a_price, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")


def families(people: People, count: int) -> list[Account]:
    """So many payers, each with something of its own and a managed account that has something too."""
    payers = [people.account() for _ in range(count)]
    price = a_price("10")
    for payer in payers:
        subscribed(payer, price)
        subscribed(people.account(responsible=payer), price)
    return payers


@pytest.mark.rule("PERF-1", "PERF-2")
def test_a_batch_takes_as_many_statements_for_many_payers_as_for_one() -> None:
    people = People()
    families(people, 1)
    taken = []
    for day in (JANUARY, FEBRUARY):
        (batch,) = steps.plan(begun(people.cycle, day).pk)
        with CaptureQueriesContext(connection) as statements:
            run = steps.bill_batch(batch)
        taken.append((len(statements), steps.Batch.objects.get(pk=batch).invoices))
        completed(steps.BillRun.objects.get(pk=run))
        families(people, 9)
    (statements_for_one, _), (statements_for_many, _) = taken
    assert [invoices for _, invoices in taken] == [1, 10]
    assert statements_for_one == statements_for_many


@pytest.mark.rule("PERF-1")
def test_the_last_batches_are_smaller_so_that_workers_end_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 4)
    monkeypatch.setattr(steps, "ACCOUNTS_A_LATE_BATCH", 2)
    people = People()
    for _ in range(15):
        people.account()
    run = begun(people.cycle, JANUARY)
    steps.plan(run.pk)
    assert list(run.batches.order_by("id").values_list("payers", flat=True)) == [4, 4, 2, 2, 2, 1]


@pytest.mark.rule("PERF-2", "PERF-3")
def test_a_batch_holds_so_many_accounts_or_one_payer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 4)
    people = People()
    small, large, last = (people.account() for _ in range(3))
    for _ in range(6):
        people.account(responsible=large)
    people.account(responsible=last)
    run = begun(people.cycle, JANUARY)
    steps.plan(run.pk)
    batches = run.batches.order_by("first_account").values_list("first_account", "last_account", "payers")
    assert list(batches) == [(small.id, small.id, 1), (large.id, large.id, 1), (last.id, last.id, 1)]


GROWS_WITH_PAYERS_OR_MONTHS = {
    *("accounts_account", "accounts_customer", "relations_responsibleaccount", "catalog_discount"),
    *(
        "catalog_taxexemption",
        "subscriptions_subscription",
        "subscriptions_subscriptionitem",
        "subscriptions_itemterms",
    ),
    *("subscriptions_charge", "subscriptions_whopays", "subscriptions_billingpause", "subscriptions_earlierbillcycle"),
    *("invoices_invoice", "invoices_invoiceline", "ledger_posting"),
}
HOLDS_FEW = "charge_with_a_choice"
"""The index of charges that are unbilled and paid by a choice of their own; nothing else is in it."""
OF_EVERY_ACCOUNT = [
    "INSERT INTO catalog_taxexemption (account_id, certificate) SELECT id, 'C' FROM accounts_account WHERE id % 7 = 0",
    "INSERT INTO subscriptions_charge (account_id, description, amount, date, billed, revision)"
    " SELECT id, 'Set-up', 5, '2026-01-15', false, 0 FROM accounts_account",
    "INSERT INTO subscriptions_whopays (subscription_id, mode, during)"
    " SELECT id, 'customer_separate', daterange('2026-01-01', NULL) FROM subscriptions_subscription WHERE id % 5 = 0",
    "INSERT INTO subscriptions_itemterms (item_id, since, price_id, quantity)"
    " SELECT id, '2026-02-01', price_id, 3 FROM subscriptions_subscriptionitem WHERE id % 3 = 0",
    "INSERT INTO subscriptions_billingpause (account_id, kind, during)"
    " SELECT id, 'inactive', daterange('2027-01-01', '2027-02-01') FROM accounts_account",
    "INSERT INTO subscriptions_earlierbillcycle (account_id, bill_cycle_id, until)"
    " SELECT id, bill_cycle_id, '2025-01-01' FROM accounts_account",
]


def read_as_a_whole(plan: dict[str, Any]) -> Iterator[str]:
    """The steps of a plan that go through all rows of a table or of an index on it."""
    kind, condition = plan["Node Type"], plan.get("Index Cond")
    if kind == "Seq Scan" or (
        "Index" in kind and "Scan" in kind and condition is None and plan.get("Index Name") != HOLDS_FEW
    ):
        yield f"{kind} of {plan.get('Relation Name', plan.get('Index Name'))}"
    for part in plan.get("Plans", []):
        yield from read_as_a_whole(part)


class Plans:
    """Asks for the plan of each statement before it is executed."""

    def __init__(self) -> None:
        self.count = 0
        self.too_much: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(None, 1)[0] in ("SELECT", "UPDATE", "WITH"):
            execute(f"EXPLAIN (FORMAT JSON) {sql}", params, many, context)
            (plans,) = context["cursor"].fetchone()
            self.note(sql, json.loads(plans) if isinstance(plans, str) else plans)
        return execute(sql, params, many, context)

    def note(self, sql: str, plans: Sequence[dict[str, Any]]) -> None:
        self.count += 1
        for step in read_as_a_whole(plans[0]["Plan"]):
            if step.rpartition(" ")[2] in GROWS_WITH_PAYERS_OR_MONTHS:
                self.too_much.append(f"{step}: {' '.join(sql.split())[:200]}")


@pytest.mark.rule("PERF-2")
def test_neither_a_batch_nor_the_end_of_a_run_reads_a_table_that_grows_with_payers_or_months_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cycle = BillCycle.objects.get(pk=populate("plans", 1000, JANUARY, 1_000_000))
    for statement in OF_EVERY_ACCOUNT:
        execute(statement)
    run_for(cycle, JANUARY)
    execute("UPDATE subscriptions_subscriptionitem SET changed_from = '2026-01-15' WHERE id % 11 = 0")
    execute("ANALYZE")
    monkeypatch.setattr(steps, "ACCOUNTS_A_BATCH", 100)
    monkeypatch.setattr(certificate, "PAYERS_OF_A_SMALL_RUN", 10)
    run = begun(cycle, FEBRUARY)
    first, *others = steps.plan(run.pk)
    plans = Plans()
    with connection.execute_wrapper(plans):
        steps.bill_batch(first)
    for batch in others:
        steps.bill_batch(batch)
    with connection.execute_wrapper(plans):
        finish(run.pk)
    run.refresh_from_db()
    assert (run.status, run.batches.count()) == ("completed", 10)
    assert plans.count > 20
    assert not plans.too_much, "\n".join(plans.too_much)


@pytest.mark.rule("PERF-1")
def test_how_far_items_are_billed_is_written_beside_them_and_no_index_is_told() -> None:
    cycle = BillCycle.objects.get(pk=populate("in_place", 500, JANUARY, 1_000_000))
    run_for(cycle, JANUARY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables"
            " WHERE relid = 'subscriptions_subscriptionitem'::regclass"
        )
        assert cursor.fetchone() == (1000, 1000)


@pytest.mark.rule("PERF-1")
def test_no_item_is_locked_before_its_update() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'subscriptions_subscriptionitem'::regclass"
            " AND tgtype & 2 <> 0 AND tgtype & 16 <> 0"  # BEFORE, UPDATE
        )
        assert cursor.fetchall() == []


def kinds_of_steps(plan: dict[str, Any]) -> set[str]:
    """What the steps of a plan do: `Index Scan`, `Sort`."""
    return {plan["Node Type"]}.union(*(kinds_of_steps(part) for part in plan.get("Plans", [])))


class StepsOf(Plans):
    """Keeps what the steps of one statement's plan do."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.kinds: set[str] = set()
        self._wanted = wanted

    def note(self, sql: str, plans: Sequence[dict[str, Any]]) -> None:
        if sql == self._wanted:
            self.kinds = kinds_of_steps(plans[0]["Plan"])


@pytest.mark.rule("PERF-1")
def test_a_certificate_adds_up_lines_in_two_processes_and_sorts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = BillCycle.objects.get(pk=populate("certified", 500, JANUARY, 1_000_000))
    monkeypatch.setattr(certificate, "PAYERS_OF_A_SMALL_RUN", 10)
    run = begun(cycle, JANUARY)
    for batch in steps.plan(run.pk):
        steps.bill_batch(batch)
    execute("ANALYZE")
    looked = StepsOf(certificate.LINES)
    with connection.execute_wrapper(looked):
        finish(run.pk)
    assert "Gather" in looked.kinds
    assert "Sort" not in looked.kinds
