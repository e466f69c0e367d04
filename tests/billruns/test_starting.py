"""What can be run, and when (RUN-1, CYC-1)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.models import BillCycle
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import next_invoice_dates
from banyan.kernel.refusals import Kind, Refusal
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, begun, elsewhere, run_for
from tests.business import a_bill_cycle, an_account

BILLING_DATES = {
    "daily": ["2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03"],
    "weekly": ["2026-01-31", "2026-02-07", "2026-02-14", "2026-02-21"],
    "biweekly": ["2026-01-31", "2026-02-14", "2026-02-28", "2026-03-14"],
    "semimonthly": ["2026-01-31", "2026-02-16", "2026-02-28", "2026-03-16"],
    "monthly": ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
    "quarterly": ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"],
    "annual": ["2026-01-31", "2027-01-31", "2028-01-31", "2029-01-31"],
}


def refusal_of(cycle: BillCycle, on: date, mode: str = RunMode.BILL) -> tuple[str, str | None, Kind]:
    """Code, rule and kind with which a start is refused."""
    with pytest.raises(Refusal) as caught:
        start_run(cycle.id, on, mode, ahead=True)
    (problem,) = caught.value.problems
    return problem.code, problem.rule, caught.value.kind


@pytest.mark.rule("RUN-1", "CYC-1")
@pytest.mark.parametrize("frequency", BILLING_DATES)
def test_a_cycle_is_run_on_its_billing_dates_and_on_no_other_day(tenant: str, frequency: str) -> None:
    cycle = create_bill_cycle(f"From 31 January, {frequency}", frequency, date(2026, 1, 31))
    dates = [date.fromisoformat(day) for day in BILLING_DATES[frequency]]
    for on in dates:
        assert run_for(cycle, on).status == RunStatus.COMPLETED
    assert refusal_of(cycle, date(2026, 1, 30)) == ("not_a_billing_date", "RUN-1", Kind.INVALID)
    if frequency != "daily":
        assert refusal_of(cycle, date(2026, 2, 5)) == ("not_a_billing_date", "RUN-1", Kind.INVALID)


@pytest.mark.rule("RUN-1", "ACC-3", "ACC-6")
def test_the_next_invoice_is_on_the_first_billing_date_that_is_not_run_yet(tenant: str) -> None:
    """From New Year on, monthly; one account starts in March, one is closed."""
    cycle = a_bill_cycle()
    account, later, closed = an_account("Acme"), an_account("Later"), an_account("Closed")
    for each in (account, later, closed):
        each.bill_cycle = cycle
    later.start_date, closed.status = date(2026, 3, 2), "inactive"

    def dates() -> list[date | None]:
        return list(next_invoice_dates([account, later, closed]).values())

    assert dates() == [JANUARY, date(2026, 4, 1), None]
    run_for(cycle, JANUARY)
    run_for(cycle, MARCH, RunMode.SIMULATE)
    assert dates() == [FEBRUARY, date(2026, 4, 1), None]


@pytest.mark.rule("RUN-1", "RUN-3")
def test_a_run_is_not_earlier_than_the_last_completed_one_but_may_be_for_the_same_date(tenant: str) -> None:
    cycle = a_bill_cycle()
    run_for(cycle, FEBRUARY)
    assert refusal_of(cycle, JANUARY) == ("before_last_run", "RUN-1", Kind.CONFLICT)
    assert run_for(cycle, FEBRUARY).status == RunStatus.COMPLETED
    assert run_for(cycle, MARCH).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-1", "RUN-6")
def test_an_earlier_date_can_still_be_simulated(tenant: str) -> None:
    cycle = a_bill_cycle()
    run_for(cycle, FEBRUARY)
    assert run_for(cycle, JANUARY, RunMode.SIMULATE).status == RunStatus.COMPLETED
    assert refusal_of(cycle, date(2026, 1, 2), RunMode.SIMULATE)[0] == "not_a_billing_date"


@pytest.mark.rule("RUN-1")
def test_a_second_run_waits_for_the_first_but_other_cycles_and_simulations_do_not(tenant: str) -> None:
    cycle = a_bill_cycle()
    begun(cycle, JANUARY)
    assert refusal_of(cycle, FEBRUARY) == ("run_under_way", "RUN-1", Kind.CONFLICT)
    assert begun(cycle, FEBRUARY, RunMode.SIMULATE).status == RunStatus.QUEUED
    assert begun(a_bill_cycle(), FEBRUARY).status == RunStatus.QUEUED


@pytest.mark.rule("RUN-1")
def test_a_failed_run_is_no_obstacle_for_another(tenant: str) -> None:
    cycle = a_bill_cycle()
    BillRun.objects.create(bill_cycle=cycle, billing_date=FEBRUARY, status=RunStatus.FAILED)
    assert run_for(cycle, JANUARY).status == RunStatus.COMPLETED


@pytest.mark.rule("RUN-1", "REL-B")
def test_of_several_connections_that_start_a_run_one_does(fresh_tenant: str) -> None:
    cycle = a_bill_cycle()
    results = elsewhere(fresh_tenant, *[lambda: begun(cycle, JANUARY)] * 4)
    assert sum(isinstance(result, BillRun) for result in results) == 1
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.problems[0].code for refusal in refused] == ["run_under_way"] * 3
    assert BillRun.objects.count() == 1


@pytest.mark.rule("RUN-1", "REL-B")
@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.AWAITING_APPROVAL])
def test_the_database_itself_refuses_a_second_run_of_a_cycle(tenant: str, status: str) -> None:
    cycle = a_bill_cycle()
    BillRun.objects.create(bill_cycle=cycle, billing_date=JANUARY, status=status)
    with pytest.raises(IntegrityError, match="one_bill_run_a_cycle_at_a_time"), transaction.atomic():
        BillRun.objects.create(bill_cycle=cycle, billing_date=FEBRUARY)


@pytest.mark.rule("RUN-1", "ERR-1")
def test_an_unknown_cycle_or_mode_is_refused(tenant: str) -> None:
    with pytest.raises(Refusal) as caught:
        start_run(999_999_999, JANUARY)
    assert caught.value.kind is Kind.INVALID
    assert refusal_of(a_bill_cycle(), JANUARY, "guess") == ("choice", "RUN-6", Kind.INVALID)


@pytest.mark.rule("RUN-1")
def test_a_run_without_anybody_to_bill_completes(tenant: str) -> None:
    run = run_for(a_bill_cycle(), JANUARY)
    assert (run.status, run.payers_total) == (RunStatus.COMPLETED, 0)
