"""Bill runs as pages (CON-8)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.http import HttpResponse

from banyan.accounts.models import Account, BillCycle
from banyan.accounts.today import today
from banyan.billruns.models import Batch, BillRun, HeldBack, RunError, RunMode, RunStatus
from banyan.foundation.outages import NO_ROOM
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.organizations.tree import root
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.verification.actions.give_second_opinion import give_second_opinion
from tests.billruns.running import FEBRUARY, JANUARY, decided, require_approval, run_for
from tests.business import a_bill_cycle, a_price, an_account, subscribed
from tests.console.conftest import Visitor, readable

pytestmark = [pytest.mark.rule("CON-8")]


@pytest.fixture
def account(tenant: str) -> Account:
    account = an_account("Acme")
    subscribed(account, a_price("10"), start_date=JANUARY)
    return account


@pytest.fixture
def cycle(account: Account) -> BillCycle:
    return account.bill_cycle


def of(run: BillRun, verb: str = "") -> str:
    """The address of a run's page."""
    return f"/bill-runs/run_{run.pk}{verb}"


def test_before_it_starts_it_says_what_it_looks_at(visitor: Callable[..., Visitor], cycle: BillCycle):
    run_for(cycle, JANUARY)
    page = visitor().text(f"/bill-runs/new?bill_cycle={cycle.pk}&billing_date=2026-02-01")
    assert "Accounts on the cycle 1 Of these, payers 1 Last run" in page
    assert "1 invoice, $10.00" in page


@pytest.mark.rule("RUN-10", "RUN-7")
def test_what_looks_unusual_is_told_before_it_is_approved(visitor: Callable[..., Visitor], account: Account):
    """10 in January; 10 and a visit of 500 in February are 51 times as much."""
    run_for(account.bill_cycle, JANUARY)
    create_charge(NewCharge(account.id, "Visit", Decimal("500.00"), FEBRUARY))
    require_approval()
    ada, run = visitor(), run_for(account.bill_cycle, FEBRUARY)
    page = ada.text(of(run))
    assert "1 thing looks unusual. Make sure that this is right before you approve the run." in page
    assert "The total of 510.00 USD is 51 times the last one, 10.00 USD on Jan 1, 2026" in page
    assert "1 thing looks unusual. It is on the page of the run" in ada.text(of(run, "/approve"))
    assert "unusual" not in ada.text(of(run, "/discard"))


def confirmation(asked: HttpResponse) -> str:
    """What says, on the page that asks, that its numbers were looked at."""
    assert asked.status_code == 200
    return asked.content.decode().split('name="confirmed" value="')[1].split('"')[0]


@pytest.mark.rule("RUN-1", "RUN-6")
def test_before_it_starts_it_asks_with_what_it_comes_to_and_starts_just_that(
    visitor: Callable[..., Visitor], cycle: BillCycle
):
    """10 a month in advance: January is billed, so March makes 20 for two billing dates."""
    run_for(cycle, JANUARY)
    ada = visitor()
    chosen = {"bill_cycle": cycle.pk, "billing_date": "2026-03-01"}
    asked = ada.post("/bill-runs/new", chosen)
    assert "1 invoice for 1 payer , $20.00 ." in readable(asked) or "1 invoice for 1 payer, $20.00." in readable(asked)
    assert "It covers 2 billing dates, from Feb 1, 2026 to Mar 1, 2026" in readable(asked)
    assert "The last run, Jan 1, 2026, produced 1 invoice, $10.00" in readable(asked)
    assert BillRun.objects.count() == 1
    other = ada.post("/bill-runs/new", {**chosen, "billing_date": "2026-02-01", "confirmed": confirmation(asked)})
    assert "It covers one billing date, Feb 1, 2026" in readable(other)
    assert ada.post("/bill-runs/new", {**chosen, "confirmed": confirmation(asked)}).status_code == 302
    assert BillRun.objects.latest("pk").billing_date == date(2026, 3, 1)


@pytest.mark.rule("RUN-1")
def test_another_bill_cycle_brings_its_own_next_date(visitor: Callable[..., Visitor], cycle: BillCycle):
    other = a_bill_cycle()
    run_for(other, JANUARY)
    asked = f"/bill-runs/new?bill_cycle={other.pk}&billing_date=2026-01-01&dated_for="
    ada = visitor()
    assert 'value="2026-02-01"' in ada.get(f"{asked}{cycle.pk}").content.decode()
    assert 'value="2026-01-01"' in ada.get(f"{asked}{other.pk}").content.decode()


@pytest.mark.rule("RUN-10")
def test_a_date_far_ahead_is_asked_for_with_what_it_locks(visitor: Callable[..., Visitor], cycle: BillCycle):
    ahead = date(today().year + 1, 2, 1)
    chosen = {"bill_cycle": cycle.pk, "billing_date": ahead.isoformat()}
    ada = visitor()
    asked = ada.post("/bill-runs/new", chosen)
    assert "This date is far ahead: no earlier date of the cycle can be billed any more" in readable(asked)
    assert ada.post("/bill-runs/new", {**chosen, "confirmed": confirmation(asked)}).status_code == 302
    assert "its invoices count in balances from" in readable(ada.get(of(BillRun.objects.latest("pk"))))


@pytest.mark.rule("RUN-11", "RUN-8")
def test_a_reversal_asks_for_the_reason_and_the_page_tells_it(visitor: Callable[..., Visitor], cycle: BillCycle):
    run = run_for(cycle, JANUARY)
    ada = visitor()
    assert 'name="reason"' in ada.get(of(run, "/reverse")).content.decode()
    assert ada.post(of(run, "/reverse"), {"reason": "Wrong prices"}).status_code == 302
    assert "Wrong prices" in ada.text(of(run))


@pytest.mark.rule("RUN-6")
def test_it_is_simulated_and_started(visitor: Callable[..., Visitor], cycle: BillCycle):
    ada = visitor()
    chosen = {"bill_cycle": cycle.pk, "billing_date": "2026-01-01"}
    assert ada.post("/bill-runs/new", {**chosen, "simulate": "yes"}).status_code == 302
    assert BillRun.objects.get().mode == RunMode.SIMULATE
    chosen["confirmed"] = confirmation(ada.post("/bill-runs/new", chosen))
    assert BillRun.objects.count() == 1
    assert ada.post("/bill-runs/new", chosen).status_code == 302
    again = ada.post("/bill-runs/new", chosen)
    assert again.status_code == 422
    assert "wait until it is finished (RUN-1)" in readable(again)
    wrong = ada.post("/bill-runs/new", {**chosen, "billing_date": "2026-01-09"})
    assert "the next one is Feb 1, 2026 (RUN-1)" in readable(wrong)


@pytest.mark.rule("RUN-5")
def test_progress_is_live_until_it_is_done(visitor: Callable[..., Visitor], cycle: BillCycle):
    run = BillRun.objects.create(bill_cycle=cycle, billing_date=JANUARY, status=RunStatus.RUNNING, payers_total=2000)
    Batch.objects.create(run=run, first_account=1, last_account=9, payers=500, done=True, totals={"USD": "12.50"})
    ada = visitor()
    assert "500 of 2,000" in ada.text(of(run))
    assert 'hx-trigger="every 2s"' in ada.get(of(run)).content.decode()
    BillRun.objects.filter(pk=run.pk).update(status=RunStatus.COMPLETED, certificate={"checks": []})
    assert 'hx-trigger="every 2s"' not in ada.get(of(run)).content.decode()


@pytest.mark.rule("RUN-5", "REL-A", "INV-7")
def test_what_a_run_waits_for_and_whom_it_holds_back_is_told(visitor: Callable[..., Visitor], cycle: BillCycle):
    run = BillRun.objects.create(
        bill_cycle=cycle, billing_date=JANUARY, status=RunStatus.RUNNING, payers_total=9, trouble=NO_ROOM
    )
    Batch.objects.create(run=run, first_account=1, last_account=9, payers=5, done=True, held_back=2)
    Batch.objects.create(run=run, first_account=10, last_account=19, payers=4)
    ada = visitor()
    page = ada.text(of(run))
    assert f"{NO_ROOM} The run waits and goes on by itself" in page
    assert "1 of 2 batches done" in page
    assert "Held back 2" in page
    assert "2 payers have charges that are not invoiced now" in page
    BillRun.objects.filter(pk=run.pk).update(status=RunStatus.COMPLETED, certificate={"checks": []})
    assert NO_ROOM not in ada.text(of(run))


@pytest.mark.rule("INV-7", "ORG-3")
def test_whom_a_run_holds_back_is_listed_with_the_reason(visitor: Callable[..., Visitor], cycle: BillCycle):
    run = BillRun.objects.create(
        bill_cycle=cycle, billing_date=JANUARY, status=RunStatus.COMPLETED, certificate={"checks": []}
    )
    few, credit = an_account("Few"), an_account("Credit")
    HeldBack.objects.create(run=run, account=few, total=10, minimum=25)
    HeldBack.objects.create(run=run, account=credit, total=-3, minimum=0)
    Batch.objects.create(run=run, first_account=1, last_account=9, payers=5, done=True, held_back=2)
    ada = visitor()
    assert of(run, "/held-back") in ada.get(of(run)).content.decode()
    page = ada.text(of(run, "/held-back"))
    assert f"{few.number} Few $10.00 Below the account's minimum of $25.00 ." in page
    assert f"{credit.number} Credit -$3.00 A credit: it is set off against what is charged next." in page
    elsewhere = create_organization("Elsewhere", "ELSE", root().pk)
    assert "Nobody was held back" in visitor(Role.MANAGER, elsewhere).text(of(run, "/held-back"))


@pytest.mark.rule("RUN-9")
def test_a_completed_run_shows_invoices_and_certificate_and_gives_them_as_csv(
    visitor: Callable[..., Visitor], cycle: BillCycle, account: Account
):
    run = run_for(cycle, JANUARY)
    ada = visitor()
    page = ada.text(of(run))
    assert f"{account.number} {account.name}" in page
    assert "Lines = invoices = receivables $10.00 invoiced, $10.00 on lines, $10.00 receivable" in page
    answer = ada.get(of(run, "/invoices.csv"))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].startswith("number,account,account_name,status")
    assert lines[1].endswith(",USD,10.00,0.00,10.00,0.00,10.00")


@pytest.mark.rule("RUN-7")
def test_drafts_are_approved_or_discarded_after_saying_what_that_changes(
    visitor: Callable[..., Visitor], cycle: BillCycle
):
    require_approval()
    ada, first = visitor(), run_for(cycle, JANUARY)
    assert "These invoices are drafts" in ada.text(of(first))
    assert "Delete 1 invoice : 1 draft: $10.00" in ada.text(of(first, "/discard"))
    assert ada.post(of(first, "/discard")).status_code == 302
    assert decided(first).status == RunStatus.DISCARDED
    second = run_for(cycle, JANUARY)
    assert "Issue 1 invoice : 1 draft: $10.00" in ada.text(of(second, "/approve"))
    assert ada.post(of(second, "/approve")).status_code == 302
    assert decided(second).status == RunStatus.COMPLETED
    refused = ada.post(of(second, "/approve"))
    assert refused.status_code == 409
    assert "RUN-7" in readable(refused)


@pytest.mark.rule("RUN-8")
def test_a_run_is_reversed_after_saying_what_that_changes(visitor: Callable[..., Visitor], cycle: BillCycle):
    ada, run = visitor(), run_for(cycle, JANUARY)
    assert "Void 1 invoice : 1 open: $10.00" in ada.text(of(run, "/reverse"))
    assert ada.post(of(run, "/reverse")).status_code == 302
    assert decided(run).status == RunStatus.REVERSED


@pytest.mark.rule("RUN-4")
def test_errors_are_shown_with_the_reason_and_billed_again(
    visitor: Callable[..., Visitor], cycle: BillCycle, account: Account
):
    run = run_for(cycle, JANUARY)
    BillRun.objects.filter(pk=run.pk).update(status=RunStatus.COMPLETED_WITH_ERRORS)
    error = RunError.objects.create(run=run, account=account, code="no_rate", message="There is no exchange rate.")
    ada = visitor()
    assert f"{account.number} {account.name} There is no exchange rate. Bill again" in ada.text(of(run))
    assert "1 account that could not be billed" in ada.text(of(run, f"/retry?error={error.pk}"))
    assert ada.post(of(run, f"/retry?error={error.pk}")).status_code == 302
    assert not RunError.objects.exists()


def test_a_simulation_shows_its_invoices_with_reasons(visitor: Callable[..., Visitor], cycle: BillCycle):
    run = run_for(cycle, FEBRUARY, RunMode.SIMULATE)
    ada = visitor()
    listed = ada.get(of(run)).content.decode()
    place = run.simulated_invoices.get().pk
    assert f'href="{of(run)}/invoices/{place}"' in listed
    page = ada.text(of(run, f"/invoices/{place}"))
    assert "Simulated invoice" in page
    assert "pays for itself" in page
    assert b"simulated" in b"".join(ada.get(of(run, "/invoices.csv")).streaming_content)


@pytest.mark.rule("ORG-3")
def test_who_only_reads_decides_nothing(visitor: Callable[..., Visitor], cycle: BillCycle):
    ben, run = visitor(Role.OPERATOR), run_for(cycle, JANUARY)
    page = ben.text(of(run))
    assert "Reverse" not in page
    assert ben.get("/bill-runs/new").status_code == 403
    assert ben.post(of(run, "/reverse")).status_code == 403


@pytest.mark.rule("REL-E")
def test_it_shows_the_second_opinion_line_by_line(visitor: Callable[..., Visitor], cycle: BillCycle):
    run, ada = run_for(cycle, JANUARY), visitor()
    assert "Second opinion" not in ada.text(of(run))
    opinion = give_second_opinion(run.pk)
    assert opinion is not None
    assert "1 line of 1 payer calculated again, independently: every line is the same" in ada.text(of(run))
    about = {"account": Account.objects.get().pk, "line": 1, "about": "item 1, recurring"}
    differs = {**about, "ours": {"gross": "10"}, "theirs": {"gross": "11"}}
    missing = {**about, "line": None, "ours": {"gross": "12"}, "theirs": None}
    kept = {**opinion.document(), "differences": [differs, missing], "differences_in_all": 2}
    BillRun.objects.filter(pk=run.pk).update(second_opinion=kept)
    page = ada.text(of(run))
    assert "2 lines differ" in page
    assert "Gross: 11, should be 10" in page
    assert "Should be there, with 12" in page
