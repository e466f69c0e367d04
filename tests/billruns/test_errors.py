"""An account that can't be billed is left out and listed, all others are billed, and it is retried alone (RUN-4)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from banyan.accounts.models import Account
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import pending_charges, run_progress
from banyan.billruns.unbillable import unbillable
from banyan.catalog.models import Price
from banyan.engine.bill import NoExchangeRate
from banyan.invoices.models import Invoice
from banyan.kernel.refusals import Kind, Refusal
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    checks,
    completed,
    execute,
    forget_jobs,
    run_for,
    totals,
    without_guards,
)
from tests.business import a_price, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")


def unreadable(price: Price) -> None:
    """The price has a model that nobody knows."""
    set_model(price, "haggling")


def set_model(price: Price, model: str) -> None:
    with without_guards("catalog_price"):
        execute("UPDATE catalog_price SET model = %s WHERE id = %s", [model, price.id])


@contextmanager
def unreadable_meanwhile(price: Price) -> Iterator[None]:
    unreadable(price)
    yield
    set_model(price, price.model)


def retried(run: BillRun) -> BillRun:
    """The run after its errors were billed again."""
    retry_run(run.pk)
    forget_jobs(run)
    return completed(run)


def errors_of(run: BillRun) -> list[tuple[int, str, str]]:
    return list(run.errors.order_by("account_id").values_list("account_id", "code", "message"))


class Shop:
    """Three accounts with 10 a month each and a fourth with 5, which the second is responsible for."""

    def __init__(self) -> None:
        self.people = People()
        self.accounts: list[Account] = [self.people.account() for _ in range(3)]
        self.managed = self.people.account(responsible=self.accounts[1])
        for account in self.accounts:
            subscribed(account, a_price("10"))
        self.price = a_price("5")
        subscribed(self.managed, self.price)


@pytest.mark.rule("RUN-4", "WHO-4")
def test_a_rate_that_is_missing_has_a_code_of_its_own() -> None:
    failure = unbillable(7, NoExchangeRate("Account 1 pays in USD, for account 2 that is charged in JPY."))
    assert (failure.account_id, failure.code) == (7, "no_exchange_rate")


@pytest.mark.rule("RUN-4")
def test_an_account_that_can_not_be_billed_is_listed_with_the_reason_and_all_others_are_billed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop = Shop()
    first, second, third = shop.accounts
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    assert errors_of(run) == [(second.id, "ValueError", "'haggling' is not a valid PriceModel")]
    assert f"account {second.id} could not be billed" in caplog.messages
    assert totals(run) == {first.id: 10, third.id: 10}
    assert set(checks(run).values()) == {True}


@pytest.mark.rule("RUN-4", "RUN-5")
def test_the_account_is_retried_alone_and_the_run_is_completed() -> None:
    shop = Shop()
    first, second, third = shop.accounts
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY)
    newcomer = shop.people.account()
    subscribed(newcomer, a_price("10"))
    assert retried(run).status == RunStatus.COMPLETED
    assert totals(run) == {first.id: 10, second.id: 15, third.id: 10}
    assert errors_of(run) == []
    progress = run_progress([run])[run.pk]
    assert (progress.payers_done, run.payers_total, progress.invoice_count) == (3, 3, 3)
    assert progress.totals == {"USD": 35}


@pytest.mark.rule("RUN-4")
def test_an_account_that_still_can_not_be_billed_is_listed_again() -> None:
    shop = Shop()
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY)
        assert retried(run).status == RunStatus.COMPLETED_WITH_ERRORS
    assert [account for account, *_ in errors_of(run)] == [shop.accounts[1].id]


@pytest.mark.rule("RUN-4", "SUB-5")
def test_what_could_not_be_billed_is_billed_by_the_next_run_if_nobody_retries() -> None:
    shop = Shop()
    with unreadable_meanwhile(shop.price):
        run_for(shop.people.cycle, JANUARY)
    run = run_for(shop.people.cycle, FEBRUARY)
    assert totals(run)[shop.accounts[1].id] == 30
    assert run.status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-4", "INV-3")
def test_an_account_whose_bill_the_database_refuses_is_listed_and_takes_no_number() -> None:
    shop = Shop()
    first, second, third = shop.accounts
    execute("ALTER TABLE invoices_invoice ADD CONSTRAINT no_fifteen CHECK (gross <> 15)")
    run = run_for(shop.people.cycle, JANUARY)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    ((account, code, message),) = errors_of(run)
    assert (account, code) == (second.id, "IntegrityError")
    assert "no_fifteen" in message
    assert totals(run) == {first.id: 10, third.id: 10}
    execute("ALTER TABLE invoices_invoice DROP CONSTRAINT no_fifteen")
    retried(run)
    assert sorted(Invoice.objects.values_list("sequence_number", flat=True)) == [1, 2, 3]


@pytest.mark.rule("RUN-4", "RUN-6")
def test_a_simulation_lists_what_can_not_be_billed_as_well() -> None:
    shop = Shop()
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY, RunMode.SIMULATE)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    assert run.simulated_invoices.count() == 2


@pytest.mark.rule("RUN-4", "ERR-1")
def test_a_run_without_errors_is_not_retried() -> None:
    run = run_for(People().cycle, JANUARY)
    with pytest.raises(Refusal) as caught:
        retry_run(run.pk)
    assert (caught.value.problems[0].code, caught.value.kind) == ("nothing_to_retry", Kind.CONFLICT)
    with pytest.raises(Refusal) as caught:
        retry_run(999_999_999)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("RUN-1", "RUN-4")
def test_errors_are_not_retried_after_a_later_run_or_while_another_is_under_way() -> None:
    shop = Shop()
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY)
    later = BillRun.objects.create(bill_cycle=shop.people.cycle, billing_date=FEBRUARY)
    for status, code in ((RunStatus.RUNNING, "run_under_way"), (RunStatus.COMPLETED, "before_last_run")):
        BillRun.objects.filter(pk=later.pk).update(status=status, certificate={"checks": []})
        with pytest.raises(Refusal) as caught:
            retry_run(run.pk)
        assert (caught.value.problems[0].code, caught.value.problems[0].rule) == (code, "RUN-1")
    assert len(errors_of(run)) == 1


@pytest.mark.rule("RUN-4", "INV-8")
def test_pending_charges_that_can_not_be_worked_out_are_refused_with_the_reason() -> None:
    shop = Shop()
    first, second, _ = shop.accounts
    with unreadable_meanwhile(shop.price):
        for account in (second, shop.managed):
            with pytest.raises(Refusal) as refused:
                pending_charges(account.id, JANUARY)
            (problem,) = refused.value.problems
            assert (refused.value.kind, problem.rule, problem.value) == (Kind.CONFLICT, "RUN-4", account.id)
            assert "'haggling' is not a valid PriceModel" in problem.message
        assert [pending.line.total for pending in pending_charges(first.id, JANUARY)] == [10]
    assert sum(pending.line.total for pending in pending_charges(second.id, JANUARY)) == 15
