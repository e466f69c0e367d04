"""What keeps bill runs fast can be counted: statements, and accounts a batch. How fast they are: `make bench`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from tests.billruns.running import FEBRUARY, JANUARY, begun, completed
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
